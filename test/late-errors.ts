import { SpanStatusCode } from '@opentelemetry/api';
import test from 'ava';
import { ask, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';
import { sourceOf, startFunctionProcess } from './helpers/process.ts';

await startRuntime();
const { http } = await import('../runtime/index.ts');
http('twice', (_req, res) => {
  res.send('once');
  res.send('twice');
});
const twice = await serveFunction('twice', false);
const stray = await startFunctionProcess('stray', { FUNCTION_SOURCE: sourceOf('stray') });
test.after.always(async () => {
  stray.child.kill('SIGKILL');
  await twice.close();
});

test.serial('what fails after the answer is an exception at its span, which is no failed one', async t => {
  const { status, text, traceId } = await ask(twice.url);
  t.deepEqual([status, text], [200, 'once']);
  const span = spanNamed(t, await spansOf(traceId), 'GET /twice');
  t.is(span.status.code, SpanStatusCode.UNSET);
  t.deepEqual(
    span.events.map(({ name }) => name),
    ['exception'],
  );
  t.regex(String(span.events[0]?.attributes?.['exception.message']), /headers after they are sent/);
});

test.serial(
  'who ends a span twice, as ioredis does with each command that times out, gets no warning',
  async t => {
    t.is((await ask(`${stray.url}/?kind=ended`)).status, 200);
    t.deepEqual(
      stray.log.filter(line => line['severity'] !== 'INFO'),
      [],
    );
  },
);

test.serial(
  'what fails when the answer is long gone is an error in the log, with the trace’s id, and nothing else',
  async t => {
    const { status, text, traceId } = await ask(`${stray.url}/?kind=late`);
    t.deepEqual([status, text], [200, 'fine']);
    const lines = () => stray.log.filter(line => line['severity'] !== 'INFO');
    while (lines().length === 0) await new Promise(setImmediate);
    t.is((await ask(stray.url)).text, 'fine');
    t.is(lines().length, 1);
    t.like(lines()[0], {
      severity: 'ERROR',
      message: 'thrown when all was over',
      trace_id: traceId,
      after_answer: true,
    });
  },
);
