import { once } from 'node:events';
import { request } from 'node:http';
import type { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { idOf, oneByOne } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { closedPort, serve, startTraced, traced, until } from './helpers/traced.ts';

async function startUi(t: ExecutionContext, jaeger: string): Promise<string> {
  const child = startTraced(['ui', '--port', '0', '--timeout', '2s', '--jaeger', jaeger]);
  t.teardown(() => child.kill('SIGKILL'));
  return (await until(child.stdout as Readable, /\n/)).trim();
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** By hand, since `fetch` sets the Host header and takes `..` out of paths. */
async function ask(
  base: string,
  path: string,
  options: { method?: string; host?: string } = {},
): Promise<Answer> {
  const { port } = new URL(base);
  const { method = 'GET', host = `localhost:${port}` } = options;
  const sent = request({ host: '127.0.0.1', port, path, method, headers: { host } }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

test.serial('the page is served with Jaeger’s answers behind it', async t => {
  const { store, query } = await startBackend(t);
  store.add(storedTrace(oneByOne(), { traceID: idOf(1) }));
  const ui = await startUi(t, query);
  t.regex(ui, /^http:\/\/localhost:\d+$/);
  for (const path of ['/', '/search', `/trace/${idOf(1)}`]) {
    const page = await ask(ui, path);
    t.is(page.status, 200);
    t.regex(String(page.headers['content-security-policy']), /default-src 'none'/);
  }
  const services = await ask(ui, '/api/services');
  t.deepEqual(JSON.parse(services.body).data, ['shop-fn']);
  t.is(services.headers['content-type'], 'application/json');
  const found = await ask(ui, '/api/traces?service=shop-fn&limit=1');
  t.is(JSON.parse(found.body).data[0].traceID, idOf(1));
  const missing = await ask(ui, `/api/traces/${idOf(2)}`);
  t.is(missing.status, 404);
  t.is(JSON.parse(missing.body).errors[0].msg, 'trace not found');
});

test.serial('only what the page asks is passed on, and only for this machine', async t => {
  const asked: { path: string | undefined; headers: Record<string, unknown> }[] = [];
  const jaeger = await serve(t, ({ url, headers }, response) => {
    asked.push({ path: url, headers });
    response
      .writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b' })
      .end('<script>alert(1)</script>');
  });
  const ui = await startUi(t, `${jaeger.replace('//', '//me:secret@')}/jaeger`);
  await ask(ui, '/api/services');
  // The command itself asks whether the Jaeger is there, by either version of its API.
  while (asked.length < 3) await new Promise(setImmediate);
  asked.length = 0;
  for (const [path, options, status] of [
    ['/api/services', { host: 'evil.example' }, 403],
    ['/', { host: 'evil.example' }, 403],
    ['/api/services', { method: 'POST' }, 405],
    ['/api/services', { method: 'DELETE' }, 405],
    ['/api/../metrics', {}, 404],
    ['/api/services/..%2f..%2fmetrics', {}, 404],
    ['/api/v4/traces', {}, 404],
    ['//other.example/api/services', {}, 404],
    ['/metrics', {}, 404],
  ] as const) {
    t.is((await ask(ui, path, options)).status, status, path);
  }
  t.deepEqual(asked, []);
  const answer = await ask(ui, '/api/services/a%2Fb%20c/operations?x=1');
  t.is(asked[0]?.path, '/jaeger/api/services/a%2Fb%20c/operations?x=1');
  t.is(asked[0]?.headers['authorization'], `Basic ${Buffer.from('me:secret').toString('base64')}`);
  t.is(answer.headers['content-type'], 'text/plain; charset=utf-8');
  t.is(answer.headers['x-content-type-options'], 'nosniff');
  t.is(answer.headers['set-cookie'], undefined);
  const head = await ask(ui, '/api/services', { method: 'HEAD' });
  t.is(head.status, 200);
  t.is(head.body, '');
});

test.serial('a Jaeger that does not answer is an answer', async t => {
  const ui = await startUi(t, `http://127.0.0.1:${await closedPort()}`);
  const { status, body } = await ask(ui, '/api/services');
  t.is(status, 502);
  t.is(JSON.parse(body).errors[0].msg, 'could not ask Jaeger: connection refused');
});

test.serial('a taken port is named', async t => {
  const { port } = new URL(await serve(t, () => {}));
  const { status, stderr } = await traced(['ui', '--port', port]);
  t.is(status, 2);
  t.is(stderr, `traced: port ${port} is taken: another one is given by --port, any free one by --port 0\n`);
});
