import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import test, { type ExecutionContext } from 'ava';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import { ask, serveFunction, spansOf, startRuntime } from './helpers/functions.ts';
import { type Fault, faults, ok } from './helpers/upstream-faults.ts';

const config = await startRuntime();
const { get, request } = await import('../functions/shared/client.ts');
const gateway = await serveFunction('gateway');
const beta = await serveFunction('beta');
test.after.always(() => Promise.all([gateway.close(), beta.close()]));

interface Upstream {
  url: string;
  requests: number;
  /** Settles when the first connection closes. */
  closed: Promise<void>;
  fix(): void;
}

async function startUpstream(t: ExecutionContext, act: Fault['act']): Promise<Upstream> {
  const sockets = new Set<Socket>();
  let broken = true;
  const fix = () => {
    broken = false;
  };
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
  const upstream = { url: '', requests: 0, closed, fix };
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .once('close', onClosed)
      .on('data', () => {
        upstream.requests++;
        if (broken) act(socket);
        else socket.write(`${ok}Content-Length: 4\r\nCache-Control: no-store\r\n\r\nfine`);
      });
  });
  upstream.url = `http://127.0.0.1:${await listenOn(server, 0)}/`;
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return upstream;
}

const failure = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    error => error,
  );

/** A response that moves is a stream to the gateway, which passes it on for as long as its client reads it. */
const isStream = (name: string): boolean => /^trickles (a body|chunks)/.test(name);

/** Reads a stream for three times the deadline of its request, then disconnects. */
async function leaveStream(url: string): Promise<number> {
  const controller = new AbortController();
  const init = { headers: { 'x-request-timeout-ms': '100' }, signal: controller.signal };
  const response = await fetch(url, init);
  const reader = response.body?.getReader();
  const until = performance.now() + 300;
  while (performance.now() < until) assert.equal((await reader?.read())?.done, false);
  controller.abort();
  return response.status;
}

for (const [name, { act, expected }] of Object.entries(faults)) {
  for (const freshConnection of [false, true]) {
    test(`the page ${name}: one failure in time, then it works (${freshConnection ? 'fresh' : 'kept'} connection)`, async t => {
      const upstream = await startUpstream(t, act);
      const began = performance.now();
      const error = await failure(get(upstream.url, { timeoutMs: 300, freshConnection }));
      t.true(performance.now() - began < 2_000);
      const late = /^The page did not respond within 300 ms\.$/;
      t.is(error?.status, expected === 'late' ? 504 : 502);
      t.regex(error.message, expected === 'late' ? late : expected);
      upstream.fix();
      t.is(String((await get(upstream.url, { freshConnection })).body), 'fine');
    });
  }

  test.serial(
    `a function ${name}: the gateway responds, the trace has the error, and the next request works`,
    async t => {
      const upstream = await startUpstream(t, act);
      config.alphaFunctionUrl = upstream.url;
      if (isStream(name)) {
        t.is(await leaveStream(`${gateway.url}/alpha`), 200);
        await upstream.closed;
        return;
      }
      const init = { headers: { 'x-request-timeout-ms': '300' }, redirect: 'manual' as const };
      const reply = await ask(`${gateway.url}/alpha`, init).catch(() => undefined);
      // Where the response has begun, it is cut off; a redirect is the client's own affair.
      if (reply !== undefined && reply.status !== 302) {
        t.is(reply.status, expected === 'late' ? 504 : 502);
        const call = (await spansOf(reply.traceId, 2)).find(({ name: span }) => span === 'GET');
        t.is(call?.status.code, SpanStatusCode.ERROR);
      }
      upstream.fix();
      t.is((await ask(`${gateway.url}/alpha`)).text, 'fine');
    },
  );
}

test.serial('a page that switches protocols once is one 502 of beta’s, then 200', async t => {
  const upstream = await startUpstream(t, faults['switches protocols']?.act ?? (() => undefined));
  config.upstreamUrl = upstream.url;
  t.is((await ask(beta.url)).status, 502);
  upstream.fix();
  t.is((await ask(beta.url)).status, 200);
});

test('a HEAD’s response with a body does not reach the next request', async t => {
  const upstream = await startUpstream(t, socket => {
    socket.write(`${ok}Content-Length: 4\r\n\r\nbody`);
    setImmediate(() => socket.write(`${ok}Content-Length: 4\r\n\r\nevil`));
  });
  for (const _ of [1, 2, 3]) {
    const message = await request(new URL(upstream.url), { method: 'HEAD' }, 'It');
    message.resume();
    if (!message.readableEnded) await once(message, 'end');
  }
  upstream.fix();
  t.is(String((await get(upstream.url)).body), 'fine');
});

test('a request that is lost with its kept connection is sent again once, not twice', async t => {
  const upstream = await startUpstream(t, socket => socket.resetAndDestroy());
  upstream.fix();
  await get(upstream.url);
  let asked = 0;
  const { url } = await startUpstream(t, socket => {
    if (++asked === 1) socket.write(`${ok}Content-Length: 0\r\n\r\n`);
    else socket.resetAndDestroy();
  });
  await get(url);
  t.like(await failure(get(url)), { status: 502 });
  t.is(asked, 3);
});

test('a kept connection that breaks inside a response does not send the request again', async t => {
  let asked = 0;
  const { url } = await startUpstream(t, socket => {
    if (++asked === 1) socket.write(`${ok}Content-Length: 0\r\n\r\n`);
    else
      socket.write(`${ok}Content-Length: 9\r\n\r\nhalf`, () => setImmediate(() => socket.resetAndDestroy()));
  });
  await get(url);
  t.like(await failure(get(url)), { status: 502 });
  await new Promise(resolve => setTimeout(resolve, 50));
  t.is(asked, 2);
});

test.serial('a name that is never resolved ends at the connect limit, which the error names', async t => {
  const { lookup } = dns;
  t.teardown(() => Object.assign(dns, { lookup }));
  Object.assign(dns, { lookup: () => undefined });
  t.like(await failure(get('http://silent.invalid/', { connectTimeoutMs: 100 })), {
    status: 504,
    message: 'The page took no connection within 100 ms.',
  });
});

test('nothing stays behind on the caller’s signal', async t => {
  const upstream = await startUpstream(t, faults['trickles chunks']?.act ?? (() => undefined));
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    },
    removeEventListener: (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    },
  });
  await failure(get(upstream.url, { timeoutMs: 50, signal }));
  upstream.fix();
  await get(upstream.url, { signal });
  t.is(listeners, 0);
  t.is(trace.getActiveSpan(), undefined);
});
