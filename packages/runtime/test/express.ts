/** Express applications that are registered with the runtime's own `http`. */

import test from 'ava';
import express from 'express';
import { ask, serveFunction, spanNamed, spansOf, startRuntime } from '../../../test/helpers/functions.ts';

await startRuntime();
const { http } = await import('../src/index.ts');

const app = express();
app.get('/fine/:id', (req, res) => void res.send(req.params['id']));
app.get('/throws', () => {
  throw new Error('secret');
});
app.get('/rejects', async () => {
  throw new Error('secret');
});
app.get('/passes-on', (_req, _res, next) => next(new Error('secret')));
app.get('/begun', (_req, res) => {
  res.write('half of');
  throw new Error('secret');
});
const router = express.Router();
router.get('/throws', () => {
  throw new Error('secret');
});
http('app', app as never);
http('router', router as never, { methods: ['GET'] });
const served = { app: await serveFunction('app', false), router: await serveFunction('router', false) };
test.after.always(() => Promise.all(Object.values(served).map(each => each.close())));

for (const [name, path, status] of [
  ['app', '/throws', 500],
  ['app', '/rejects', 500],
  ['app', '/passes-on', 500],
  ['app', '/nowhere', 404],
  ['app', '/fine/%zz', 400],
  ['router', '/throws', 500],
  ['router', '/nowhere', 404],
] as const) {
  test(`an Express ${name} responds to ${path} with a problem document, not with HTML`, async t => {
    const { status: got, headers, text, traceId } = await ask(served[name].url + path);
    t.is(got, status);
    t.is(headers.get('content-type'), 'application/problem+json');
    t.like(JSON.parse(text), { status, traceId });
    t.notRegex(text, /secret|html/i);
    const [server] = await spansOf(traceId);
    t.is(server?.status.code, status < 500 ? 0 : 2);
  });
}

test('an Express app that fails within its response cuts it off', async t => {
  await t.throwsAsync(ask(`${served.app.url}/begun`));
});

test('an Express app that is registered with its route responds as it does by itself', async t => {
  const { status, text, traceId } = await ask(`${served.app.url}/fine/7`);
  t.deepEqual([status, text], [200, '7']);
  spanNamed(t, await spansOf(traceId), 'GET /fine/:id');
});
