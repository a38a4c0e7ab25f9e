import { once } from 'node:events';
import { SpanStatusCode } from '@opentelemetry/api';
import test from 'ava';
import { ask, isChild, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';
import { sourceOf, startFunctionProcess } from './helpers/process.ts';

await startRuntime();
const { http } = await import('../packages/runtime/src/index.ts');
http('twice', async (req, res) => {
  res.send('once');
  if (req.query['when'] === 'later') await once(res, 'close');
  res.send('twice');
});
const twice = await serveFunction('twice', false);
const stray = await startFunctionProcess('stray', { FUNCTION_SOURCE: sourceOf('stray') });
test.after.always(async () => {
  stray.child.kill('SIGKILL');
  await twice.close();
});

for (const when of ['at once', 'later'] as const) {
  test.serial(
    `what fails after the response (${when}) is a failed span below the response’s, which is fine`,
    async t => {
      const { status, text, traceId } = await ask(`${twice.url}/?${new URLSearchParams({ when })}`);
      t.deepEqual([status, text], [200, 'once']);
      const spans = await spansOf(traceId, 2);
      const server = spanNamed(t, spans, 'GET /twice');
      t.is(server.status.code, SpanStatusCode.UNSET);
      const late = spanNamed(t, spans, 'after the response');
      isChild(t, late, server);
      t.is(late.status.code, SpanStatusCode.ERROR);
      t.is(late.events[0]?.name, 'exception');
      t.regex(String(late.status.message), /headers after they are sent/);
    },
  );
}

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
  'what fails when the response is long over is one error in the log, with the trace’s id',
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
      after_response: true,
    });
  },
);
