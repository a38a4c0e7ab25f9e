/** The hooks of a function's start and stop, and what ends its process. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { exportersTo } from '../../../test/helpers/exporters.ts';
import { ask } from '../../../test/helpers/functions.ts';
import { type FunctionProcess, startFunctionProcess } from '../../../test/helpers/process.ts';
import { startTraceBackend } from '../../traced/src/dev/traces/backend.ts';

const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
test.after.always(() => backend.close());

const exporters = exportersTo(backend);

async function start(t: ExecutionContext, env: NodeJS.ProcessEnv = {}): Promise<FunctionProcess> {
  const started = await startFunctionProcess('lifecycle', {
    ...exporters.otlp,
    FUNCTION_SOURCE: fileURLToPath(new URL('./sources/lifecycle.ts', import.meta.url)),
    ...env,
  });
  t.teardown(() => started.child.kill('SIGKILL'));
  return started;
}

const lineOf = ({ log }: FunctionProcess, message: RegExp) =>
  log.find(line => message.test(String(line['message'])));

const spansOf = (traceId: string) => backend.store.trace(traceId)?.spans ?? [];
const isClient = ({ tags }: ReturnType<typeof spansOf>[number]) =>
  tags.some(({ key, value }) => key === 'span.kind' && value === 'client');
const namesOf = (traceId: string) => spansOf(traceId).map(({ operationName }) => operationName);

test.serial('onStart ends before the process listens, and is a phase of its start', async t => {
  const { url, child, exit } = await start(t, { HOOK: 'loads', K_SERVICE: 'lifecycle' });
  const { text, traceId } = await ask(url);
  t.is(text, 'loaded');
  t.regex((await ask(`${url}/late-start`)).text, /^Error: onStart was called after the start/);
  child.kill('SIGTERM');
  await exit;
  const hook = spansOf(traceId).find(({ operationName }) => operationName === 'onStart');
  const cold = spansOf(traceId).find(({ operationName }) => operationName === 'cold start');
  t.is(hook?.references[0]?.spanID, cold?.spanID);
  t.true((hook?.duration ?? 0) >= 90_000);
  t.true(namesOf(traceId).includes('listen'));
});

for (const HOOK of ['fails', 'throws']) {
  test.serial(`an onStart that ${HOOK} ends the process with 1 and an error that says why`, async t => {
    const process = await start(t, { HOOK });
    t.is((await process.exit).code, 1);
    t.like(process.log.at(-1), { severity: 'ERROR', message: 'cannot start: onStart failed: no database' });
    t.regex(String(process.log.at(-1)?.['stack']), /sources\/lifecycle\.ts/);
    t.falsy(lineOf(process, /^listening/));
  });
}

test.serial('an onStart that does not end has a limit', async t => {
  const process = await start(t, { HOOK: 'never', START_TIMEOUT_MS: '200' });
  t.is((await process.exit).code, 1);
  t.like(process.log.at(-1), {
    severity: 'ERROR',
    message: 'cannot start: onStart has not ended within START_TIMEOUT_MS="200"',
  });
});

test.serial('onStop runs at SIGTERM, and where one fails the others run all the same', async t => {
  const process = await start(t);
  process.child.kill('SIGTERM');
  t.is((await process.exit).code, 0);
  t.truthy(lineOf(process, /^hook of the stop$/));
  t.like(lineOf(process, /^onStop failed$/), { severity: 'WARNING', reason: 'of no consequence' });
});

test.serial('an onStop that does not end is logged, and loses no span', async t => {
  const process = await start(t, { HOOK: 'never stops', SHUTDOWN_TIMEOUT_MS: '3000' });
  const { traceId } = await ask(process.url);
  process.child.kill('SIGTERM');
  t.is((await process.exit).code, 0);
  t.like(lineOf(process, /^onStop has not ended in time$/), { severity: 'WARNING' });
  t.like(lineOf(process, /^stopped/), { spans_dropped: 0 });
  t.deepEqual(namesOf(traceId), ['GET /lifecycle']);
});

const work: [what: string, path: string, count: (traceId: string) => number, expected: number][] = [
  ['a span', '/span', id => namesOf(id).filter(name => name === 'work').length, 1],
  ['calls, one behind the other,', '/calls', id => spansOf(id).filter(isClient).length, 5],
];
for (const [name, env] of Object.entries(exporters)) {
  for (const [what, path, count, expected] of work) {
    test.serial(
      `${what} of work after a response, as the process stops, is waited for (${name})`,
      async t => {
        const process = await start(t, env);
        const { traceId } = await ask(process.url + path);
        process.child.kill('SIGTERM');
        t.is((await process.exit).code, 0);
        t.is(count(traceId), expected);
        t.like(lineOf(process, /^stopped/), { severity: 'INFO', spans_dropped: 0 });
      },
    );
  }
}

for (const kind of ['timer', 'promise'])
  test.serial(
    `an error that nothing caught (${kind}) fails its request, lets the others end, and ends the process with 1`,
    async t => {
      const process = await start(t, { LAME_DUCK_MS: '5000', SHUTDOWN_TIMEOUT_MS: '20000' });
      const other = ask(`${process.url}/?ms=400`);
      const began = performance.now();
      const failed = await ask(`${process.url}/stray?kind=${kind}`);
      t.is(failed.status, 500);
      t.like(JSON.parse(failed.text), {
        status: 500,
        detail: 'The function failed.',
        traceId: failed.traceId,
      });
      t.is((await other).status, 200);
      t.is((await process.exit).code, 1);
      t.true(performance.now() - began < 4_000, 'without the lame-duck time');
      const why = lineOf(process, /^stopping/);
      t.like(why, {
        severity: 'ERROR',
        message: `stopping after an uncaught error: of a ${kind}`,
        trace_id: failed.traceId,
      });
      t.like(lineOf(process, /^stopped/), { all_responded: true, spans_dropped: 0 });
      t.truthy(lineOf(process, /^hook of the stop$/));
      const [server] = spansOf(failed.traceId).filter(
        ({ operationName }) => operationName === 'GET /lifecycle',
      );
      t.true(server?.tags.some(({ key, value }) => key === 'error' && value === true));
      t.deepEqual(namesOf((await other).traceId), ['GET /lifecycle']);
    },
  );

test.serial('a second error that nothing caught does not keep the process from its end', async t => {
  const process = await start(t);
  t.is((await ask(`${process.url}/twice`)).status, 200);
  t.is((await process.exit).code, 1);
  t.is(process.log.filter(line => /^stopping after/.test(String(line['message']))).length, 1);
  t.truthy(lineOf(process, /^after 20 ms$/));
});

test.serial('an error that nothing caught while a process stops makes its exit status 1', async t => {
  const process = await start(t);
  t.is((await ask(`${process.url}/stray`)).status, 200);
  process.child.kill('SIGTERM');
  t.is((await process.exit).code, 1);
});

test.serial('WebSockets are closed with 1001 at SIGTERM, and counted', async t => {
  const process = await start(t);
  const open = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const socket = new WebSocket(process.url.replace('http', 'ws'));
      await once(socket, 'open');
      return socket;
    }),
  );
  const closed = open.map(socket => once(socket, 'close'));
  process.child.kill('SIGTERM');
  t.deepEqual(
    (await Promise.all(closed)).map(([code]) => code),
    [1001, 1001, 1001],
  );
  t.is((await process.exit).code, 0);
  t.like(lineOf(process, /^stopped/), { all_responded: true, upgraded_connections: 3 });
  t.is(process.log.filter(({ message, code }) => message === 'closed' && code === 1001).length, 3);
});

test.serial('a WebSocket whose client does not reply does not keep the process from its end', async t => {
  const process = await start(t);
  const socket = new WebSocket(process.url.replace('http', 'ws'));
  await once(socket, 'open');
  socket.pause();
  const began = performance.now();
  process.child.kill('SIGTERM');
  t.is((await process.exit).code, 0);
  t.true(performance.now() - began < 6_000);
  socket.terminate();
});
