import { channel } from 'node:diagnostics_channel';
import net, { type Socket } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { type TargetName, targets } from '../functions/shared/targets.ts';
import { ask, serveFunction, startRuntime } from './helpers/functions.ts';
import { type Origin, startOrigin } from './helpers/origin.ts';

const config = await startRuntime();
const gateway = await serveFunction('gateway');

/** With which path each function may be called. */
const paths = new Map(targets.map(({ name, path }) => [name, path]));

/** What is wrong with a call that arrived. */
const strays: string[] = [];
const calls = new Map(targets.map(({ name }) => [name, 0]));
let redirectTo: string | undefined;

async function startTarget(name: TargetName): Promise<Origin> {
  const target = await startOrigin(({ method, url = '', headers }, res) => {
    const [path] = url.split('?');
    const good =
      ['GET', 'HEAD'].includes(method ?? '') && path === paths.get(name) && headers.host === hostOf(target);
    if (!good) strays.push(`${name} was sent ${method} ${url} for ${headers.host}`);
    calls.set(name, (calls.get(name) ?? 0) + 1);
    if (redirectTo === undefined) res.end('fine');
    else res.writeHead(302, { location: redirectTo }).end();
  });
  return target;
}

const hostOf = ({ url }: Origin): string => new URL(url).host;

const served = await Promise.all(targets.map(({ name }) => startTarget(name)));
const stranger = await startOrigin((_req, res) => res.end());
for (const [n, { name }] of targets.entries()) config[`${name}FunctionUrl`] = served[n]?.url ?? '';
test.after.always(() =>
  Promise.all([gateway.close(), stranger.close(), ...served.map(({ close }) => close())]),
);

// Every connection that this process opens from now on, by anybody; its own to the gateway are the only others.
const allowed = new Set([`127.0.0.1:${gateway.port}`, ...served.map(hostOf)]);
channel('net.client.socket').subscribe(message => {
  const { socket } = message as { socket: Socket };
  socket.on('lookup', (_error, _address, _family, host) => strays.push(`${host} was looked up`));
  socket.on('connectionAttempt', (address, port) => {
    if (!allowed.has(`${address}:${port}`)) strays.push(`${address}:${port} was connected to`);
  });
});

/** Sends bytes, and says no more; resolves with what comes back when the connection has ended. */
function exchange(bytes: string): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    const socket = net.connect(gateway.port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    socket.setEncoding('latin1').on('data', data => {
      text += data;
    });
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });
}

const elsewhere = fc.constantFrom(
  hostOf(stranger),
  stranger.url,
  `${stranger.url}/alpha`,
  `//${hostOf(stranger)}/alpha`,
  'stranger.invalid',
  'http://stranger.invalid/',
  `http://x@${hostOf(stranger)}/`,
  `http://${hostOf(served[0] as Origin)}@${hostOf(stranger)}/`,
  'file:///etc/passwd',
  '[::1]:80',
);
const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '/alpha',
    '/beta',
    '/redis',
    '/writeredis',
    '/all',
    '/healthz',
    '/..',
    '/.',
    '*',
  ),
  fc.constantFrom(
    '%2f',
    '%2F',
    '%5c',
    '\\',
    '%2e%2e',
    '%252f',
    '%00',
    '%',
    '%c0%af',
    ';',
    ':',
    '@',
    '?',
    '#',
    '&url=',
  ),
  fc.constantFrom('%0d%0aHost: stranger.invalid', '\r\nHost: stranger.invalid', '\r', '\n', ' ', '\t', 'ÿ'),
  elsewhere,
);
const requestTarget = fc.oneof(
  { weight: 3, arbitrary: fc.array(piece, { maxLength: 4 }).map(pieces => pieces.join('')) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('/', '/alpha', '/beta', '/redis', '/writeredis', '/all'),
        fc.array(piece, { maxLength: 2 }),
      )
      .map(([path, rest]) => `${path}?${rest.join('')}`),
  },
  elsewhere,
);
const header = fc.tuple(
  fc.constantFrom(
    'Host',
    'Forwarded',
    'X-Forwarded-Host',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'X-Forwarded-Server',
    'X-Host',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'Connection',
    'Upgrade',
    'Referer',
    'Location',
    'Transfer-Encoding',
  ),
  fc.oneof(elsewhere, requestTarget, fc.constantFrom('host', 'websocket', 'https', '443', 'chunked')),
);
const request = fc
  .tuple(
    fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE', 'POST'),
    requestTarget,
    fc.constantFrom('1.1', '1.1', '1.0'),
    fc.oneof(fc.constant('gateway'), elsewhere),
    fc.array(header, { maxLength: 4 }),
  )
  .map(([method, target, version, host, headers]) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `${method} ${target} HTTP/${version}\r\nHost: ${host}\r\n${lines}Connection: close\r\n\r\n`;
  });

test.serial(
  'nothing but the functions is ever connected to, whatever path, target, Host or X-Forwarded-* say',
  async t => {
    await fc.assert(
      fc.asyncProperty(request, async bytes => {
        await exchange(bytes);
        return strays.length === 0;
      }),
      { numRuns: 1_000 },
    );
    t.deepEqual(strays, []);
    t.is(stranger.connections, 0);
    for (const [name, count] of calls) t.true(count > 3, `${name} was called ${count} times`);
  },
);

test.serial('a function that redirects elsewhere is not followed', async t => {
  redirectTo = `${stranger.url}/secret`;
  const answer = await ask(`${gateway.url}/alpha`, { redirect: 'manual' });
  t.is(answer.status, 302);
  const all = await ask(`${gateway.url}/all`);
  t.is(all.status, 502);
  t.deepEqual(strays, []);
  t.is(stranger.connections, 0);
});

test.serial('the test would see it', async t => {
  for (const host of ['127.0.0.1', 'localhost'])
    net.connect(Number(new URL(stranger.url).port), host, () => undefined).on('error', () => undefined);
  while (strays.length < 3) await new Promise(setImmediate);
  t.true(strays.includes(`${hostOf(stranger)} was connected to`));
  t.true(strays.includes('localhost was looked up'));
});
