// What the proxy of `traced ui` sends, whatever it is asked for.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { parseAddress } from '../src/cli/backend-address.ts';
import { targetOf } from '../src/cli/proxy-target.ts';
import { serve, startTraced, traced, until } from './helpers/traced.ts';

const login = 'http://me:secret@host.example/base';

async function startUi(t: ExecutionContext, jaeger: string): Promise<number> {
  const child = startTraced(['ui', '--port', '0', '--timeout', '2s', '--jaeger', jaeger]);
  t.teardown(() => child.kill('SIGKILL'));
  return Number(new URL((await until(child.stdout as Readable, /\n/)).trim()).port);
}

/** The status of a response to a request target as it is, byte by byte. */
async function statusOf(port: number, target: string): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    Buffer.from(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 'latin1'),
  );
  const [, status] = /^HTTP\/1.1 (\d+)/.exec(await text(socket)) ?? [];
  return Number(status);
}

const outside = [
  '/api/services/..\\..\\..\\admin\\x#/operations',
  '/api/services/..\\..\\..\\admin\\x/operations',
  '/api/services/../../../admin/operations',
  '/api/services/%2e%2e/operations',
  '/api/services/%2E./operations',
  '/api/services/./operations',
  '/api/services/..%2f..%2f..%2fadmin%2fx/operations',
  '/api/services/..%5c..%5cadmin/operations',
  '/api/services/%252e%252e%252f%252e%252e%252fadmin/operations',
  '/api/services/%252e%252e%2F%25zz/operations',
  '/api/services/..;/operations',
  '/api/services/..%3Ba=1%2fadmin/operations',
  '/api/services/a%2f%25252e%25252e%2fb/operations',
  '/api/services/.%09./operations',
  '/api/services/%00/operations',
  '/api/services/a%0d%0ab/operations',
  '/api/services/%/operations',
  '/api/services/%ff/operations',
  '/api/services/a\t/operations',
  '/api/services/\xe4/operations',
  '/api/services/x#/operations',
  '/api/services#',
  '/api/services//operations',
  '/api//services',
  '//evil.example/api/services',
  '/\\evil.example/api/services',
  '/@evil.example/api/services',
  '@evil.example/api/services',
  'http://evil.example/api/services',
  'http://localhost/../admin',
  '*',
  '/api/traces/..',
  '/api/traces/%61',
  '/api/traces/0123456789abcdef0123456789abcdef0',
  '/api/services/a/operations/',
  '/api/services/a/operations/../../../../admin',
  '/api/services/%2e%2e%2foperations',
  '/API/services',
  '/api/v3/dependencies',
  '/api/v3/traces/..',
  '/api/v3/../services',
];

test.serial('a path that is no route of the API never reaches the host with the login', async t => {
  const asked: unknown[] = [];
  const jaeger = await serve(t, (request, response) => {
    asked.push(request.url);
    response.end('{"data":[]}');
  });
  const port = await startUi(t, `${jaeger.replace('//', '//me:secret@')}/base`);
  await statusOf(port, '/api/services');
  asked.length = 0;
  for (const target of outside) t.true([400, 404].includes(await statusOf(port, target)), target);
  t.deepEqual(asked, []);
  for (const target of [
    '/api/services',
    '/api/services/a%2Fb/operations',
    '/api/services/..a/operations?x=..%2f',
    '/api/services/100%25/operations',
    '/api/services/caf%C3%A9/operations',
    '/api/traces/ABCDEF0123',
    '/api/traces?service=a&next=/b?c',
    '/api/v3/services',
    '/api/v3/operations?service=a',
    '/api/v3/traces?query.service_name=a',
    '/api/v3/trace-summaries?query.service_name=a',
    '/api/v3/traces/ABCDEF0123',
  ]) {
    asked.length = 0;
    t.is(await statusOf(port, target), 200, target);
    t.deepEqual(asked, [`/base${target}`]);
  }
});

test('whatever is asked for, the URL is one of the API’s below the base path, or there is none', t => {
  const { url } = parseAddress(login);
  const part = fc.oneof(
    fc.constantFrom('/', '\\', '..', '.', '%2e', '%2E', '%2f', '%5c', '%25', '%00', '#', '?', '@', ':', '//'),
    fc.constantFrom(
      '\t',
      '\r',
      '\n',
      '\0',
      ' ',
      'é',
      'api',
      'services',
      'operations',
      'traces',
      'admin',
      'a1',
    ),
    fc.string({ maxLength: 4 }),
  );
  const anything = fc.array(part, { maxLength: 12 }).map(parts => parts.join(''));
  const target = fc.oneof(
    anything,
    anything.map(text => `/api/${text}`),
    anything.map(text => `/api/services/${text}/operations`),
    anything.map(text => `/api/traces/${text}`),
  );
  const route =
    /^\/base\/api\/(?:services|operations|dependencies|traces|traces\/[0-9a-f]{1,32}|services\/[^/\\]+\/operations)$/i;
  fc.assert(
    fc.property(target, raw => {
      const sent = targetOf(raw, url);
      if (sent === undefined) return;
      // Read again, as `fetch` and the host would.
      const again = new URL(sent.href);
      t.is(again.origin, 'http://host.example');
      t.regex(again.pathname, route);
      t.is(again.hash, '');
      for (let path = again.pathname, last = ''; path !== last; ) {
        last = path;
        t.notRegex(path, /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/);
        try {
          path = decodeURIComponent(path);
        } catch {}
      }
    }),
    { numRuns: 2_000 },
  );
});

test.serial('a redirect is not followed with the login', async t => {
  const asked: unknown[] = [];
  const elsewhere = await serve(t, (request, response) => {
    asked.push(request.headers.authorization);
    response.end('{"data":[]}');
  });
  for (const location of [`${elsewhere}/api/services`, '/admin']) {
    const paths: unknown[] = [];
    const jaeger = await serve(t, (request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location }).end();
    });
    const address = `${jaeger.replace('//', '//me:secret@')}/base`;
    const port = await startUi(t, address);
    t.is(await statusOf(port, '/api/services'), 502);
    const { status, stderr } = await traced(['traces', '-s', 'a', '--jaeger', address]);
    t.is(status, 2);
    t.regex(
      stderr,
      /^traced: \S+\/base responded with 302 Found, a redirect to \S+(?:services|admin): .*\n$/,
    );
    t.true(
      paths.every(path => String(path).startsWith('/base/api/')),
      String(paths),
    );
  }
  t.deepEqual(asked, []);
});

test('an address is checked as it will be asked', t => {
  for (const [address, expected] of [
    ['localhost:16686', 'http://localhost:16686/'],
    [' http://host/base\n', 'http://host/base/'],
    ['HTTPS://Host/a/../b//', 'https://host/b/'],
    ['http://host/base/?x#y', 'http://host/base/'],
    ['[::1]:16686', 'http://[::1]:16686/'],
  ] as const) {
    t.is(parseAddress(address).url.href, expected, address);
  }
  for (const wrong of [
    '',
    ' ',
    'ftp://x',
    'file:///etc/passwd',
    'http:/x',
    'http:x',
    'https:\\\\x',
    'http://',
  ])
    t.throws(() => parseAddress(wrong), { name: 'InputError' }, wrong);
});
