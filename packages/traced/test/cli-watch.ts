import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { startTraceBackend } from '../src/dev/traces/backend.ts';
import { idOf, oneByOne, oneCommand } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { closedPort, startTraced, until } from './helpers/traced.ts';

function watch(t: ExecutionContext, ...args: string[]) {
  const child = startTraced(['watch', '--every', '50ms', '--service', 'shop-fn', ...args]);
  t.teardown(() => child.kill('SIGKILL'));
  const { stdout, stderr } = child as { stdout: Readable; stderr: Readable };
  return { child, stdout, stderr };
}

test.serial('a new trace is a line with its worst finding; what was there before is not new', async t => {
  const { store, query } = await startBackend(t);
  store.add(storedTrace(oneByOne(), { traceID: idOf(1) }));
  const { child, stdout, stderr } = watch(t, '--jaeger', query);
  t.is(await until(stderr, /\n/), `watching shop-fn at ${query}\n`);
  store.add(storedTrace(oneByOne(), { traceID: idOf(2) }));
  const first = await until(stdout, /\n/);
  t.regex(
    first,
    new RegExp(
      `^\\d\\d:\\d\\d:\\d\\d   180 ms  shop-fn GET /cart: one-by-one: 6 get commands .*  ${idOf(2)}\n$`,
    ),
  );
  store.add(storedTrace(oneCommand(), { traceID: idOf(3) }));
  t.regex(await until(stdout, /\n/), new RegExp(`no problems  ${idOf(3)}\n$`));
  child.kill('SIGINT');
  t.deepEqual(await once(child, 'close'), [130, null]);
});

test.serial('a trace that comes in pieces is shown once, when it is whole', async t => {
  const { store, query } = await startBackend(t);
  const { stdout, stderr } = watch(t, '--jaeger', query, '--json');
  await until(stderr, /watching/);
  const [root, ...children] = storedTrace(oneByOne(), { traceID: idOf(1) });
  store.add(children);
  store.add(storedTrace(oneCommand(), { traceID: idOf(2) }));
  const first = JSON.parse(await until(stdout, /\n/));
  t.is(first.traceId, idOf(2));
  store.add([root as NonNullable<typeof root>]);
  const second = JSON.parse(await until(stdout, /\n/));
  t.is(second.schema, 'traced.diagnosis/1');
  t.is(second.traceId, idOf(1));
  t.is(second.findings[0].kind, 'one-by-one');
});

test.serial('a Jaeger that goes away is said once, and that it is back', async t => {
  const queryPort = await closedPort();
  const start = () => startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort });
  const before = await start();
  const { stdout, stderr } = watch(t, '--jaeger', `http://127.0.0.1:${queryPort}`);
  await until(stderr, /watching/);
  await before.close();
  await failThrice(queryPort);
  const after = await start();
  t.teardown(() => after.close());
  const said = await until(stderr, /responds again\n$/);
  t.regex(said, /^(could not ask Jaeger at|http).*; trying again\nhttp:\S+ responds again\n$/);
  after.store.add(storedTrace(oneByOne(), { traceID: idOf(1) }));
  t.regex(await until(stdout, /\n/), new RegExp(idOf(1)));
});

/** Is there, but answers the first three requests with an error, and then goes. */
async function failThrice(port: number): Promise<void> {
  const server = createServer((_, response) => void response.writeHead(503).end());
  server.listen(port, '127.0.0.1');
  for (let n = 0; n < 3; n++) await once(server, 'request');
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

test.serial('a service that has sent nothing yet is waited for', async t => {
  const { store, query } = await startBackend(t);
  const { stdout, stderr } = watch(t, '--jaeger', query);
  t.regex(await until(stderr, /watching/), /unknown service "shop-fn"; \S+ has none yet; waiting for it\n/);
  store.add(storedTrace(oneCommand(), { traceID: idOf(1) }));
  t.regex(await until(stdout, /\n/), new RegExp(idOf(1)));
});
