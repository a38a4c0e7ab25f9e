// What lets one in at a backend: a login, a token, headers; and that they go nowhere else.
import type { IncomingHttpHeaders } from 'node:http';
import test from 'ava';
import { idOf, oneByOne, withId } from './helpers/drawn.ts';
import { serve, traced } from './helpers/traced.ts';

const id = idOf(1);
const body = JSON.stringify({ data: [withId(oneByOne(), id)], errors: null });

type Teardown = { teardown(end: () => void): void };

/** A Jaeger that has one trace; the headers of each request that it got. */
async function jaeger(t: Teardown): Promise<{ address: string; got: IncomingHttpHeaders[] }> {
  const got: IncomingHttpHeaders[] = [];
  const address = await serve(t, (request, response) => {
    got.push(request.headers);
    response.setHeader('Content-Type', 'application/json').end(body);
  });
  return { address, got };
}

const header = ['--header', 'X-Scope-OrgID: team a', '--header', 'x-extra:1'];

test.serial('headers and a token go to the backend', async t => {
  const { address, got } = await jaeger(t);
  const env = { JAEGER_TOKEN: 'secret' };
  const { status } = await traced(['show', id, '--jaeger', address, ...header], { env });
  t.is(status, 0);
  t.true(got.length > 0);
  for (const headers of got) {
    t.like(headers, { authorization: 'Bearer secret', 'x-scope-orgid': 'team a', 'x-extra': '1' });
  }
});

test.serial('a login in the address and a header of one’s own come before the token', async t => {
  const { address, got } = await jaeger(t);
  const env = { JAEGER_TOKEN: 'secret' };
  await traced(['show', id, '--jaeger', address.replace('//', '//me:x@')], { env });
  t.is(got[0]?.authorization, `Basic ${Buffer.from('me:x').toString('base64')}`);
  await traced(['show', id, '--jaeger', address, '--header', 'authorization: Token y'], { env });
  t.is(got.at(-1)?.authorization, 'Token y');
});

test.serial('the token is not sent to another address than that of --jaeger', async t => {
  const [own, other] = [await jaeger(t), await jaeger(t)];
  const env = { JAEGER_TOKEN: 'secret', JAEGER_URL: own.address };
  t.is(
    (await traced(['show', `${other.address}/trace/${id}`, `${own.address}/trace/${id}`], { env })).status,
    0,
  );
  t.deepEqual([...new Set(other.got.map(({ authorization }) => authorization))], [undefined]);
  t.deepEqual([...new Set(own.got.map(({ authorization }) => authorization))], ['Bearer secret']);
});

test.serial('a redirect is reported where there is a secret, and followed where there is none', async t => {
  const elsewhere = await jaeger(t);
  const from = await serve(t, (request, response) =>
    response.writeHead(302, { Location: `${elsewhere.address}${request.url}` }).end(),
  );
  for (const [args, env] of [
    [header, {}],
    [[], { JAEGER_TOKEN: 'secret' }],
  ] as const) {
    const { status, stderr } = await traced(['show', id, '--jaeger', from, ...args], { env });
    t.is(status, 2);
    t.regex(
      stderr,
      / responded with 302 Found, a redirect to http:\S+: give that address if the login may be sent there/,
    );
    t.notRegex(stderr, /secret|team a/);
  }
  t.deepEqual(elsewhere.got, []);
  t.is((await traced(['show', id, '--jaeger', from])).status, 0);
});

test.serial('the page’s proxy sends them too', async t => {
  const { address, got } = await jaeger(t);
  const { backendAddress } = await import('../src/cli/backend-address.ts');
  const { jaegerProxy } = await import('../src/cli/jaeger-proxy.ts');
  const at = backendAddress({ jaeger: address, timeout: 1e6, header: ['X-Scope-OrgID: a'] });
  const answerApi = jaegerProxy(at, 1_000);
  const proxy = await serve(t, (request, response) => void answerApi(request, response));
  t.is((await fetch(`${proxy}/api/services`)).status, 200);
  t.is(got[0]?.['x-scope-orgid'], 'a');
});

test.serial('what is no header or no token is refused without its value', async t => {
  for (const [args, env, message] of [
    [['--header', 'secret'], {}, /write a header as 'Name: value'/],
    [['--header', 'na me: secret'], {}, /write a header as 'Name: value'/],
    [['--header', 'name: sec\nret'], {}, /write a header as 'Name: value'/],
    [[], { JAEGER_TOKEN: 'sec ret' }, /JAEGER_TOKEN is not a token/],
  ] as const) {
    const { status, stderr } = await traced(['show', id, ...args], { env });
    t.is(status, 2);
    t.regex(stderr, message);
    t.notRegex(stderr, /sec/);
  }
});
