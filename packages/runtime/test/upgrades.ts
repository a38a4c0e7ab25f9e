/** WebSockets and other protocols that a function turns its connection into. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import test from 'ava';
import { WebSocket, WebSocketServer } from 'ws';
import {
  ask,
  isChild,
  serveFunction,
  serverOf,
  spanNamed,
  spansOf,
  startRuntime,
} from '../../../test/helpers/functions.ts';
import { talkTo, untilHeard } from '../../../test/helpers/talk.ts';
import { exchange, isProblem } from './helpers/exchange.ts';

await startRuntime();
const framework = await import('@google-cloud/functions-framework');
const { currentInvocation, http, tracer } = await import('../src/index.ts');
const { config } = await import('../src/config.ts');
const { connectionLimits } = await import('../src/limits.ts');
config.requestTimeoutMs = 700;

const sockets = new WebSocketServer({ noServer: true });
let signal: AbortSignal | undefined;
sockets.on('connection', socket => {
  signal = currentInvocation()?.signal;
  socket.on('message', data => {
    const left = currentInvocation()?.remainingMs();
    tracer.startActiveSpan('message', span => {
      socket.send(`${data} ${left}`);
      span.end();
    });
  });
});
const accept = (req: IncomingMessage, socket: Duplex, head: Buffer): void =>
  sockets.handleUpgrade(req, socket, head, each => sockets.emit('connection', each, req));
http('echo', (_req, res) => void res.send('plain'), { upgrade: accept });

/** As a function serves WebSockets that knows nothing of this runtime: at its first request. */
let listening = false;
framework.http('listens', (req, res) => {
  if (!listening)
    new WebSocketServer({ server: (req.socket as never as { server: never }).server }).on(
      'connection',
      socket => socket.send('hello'),
    );
  listening = true;
  res.send('ready');
});

framework.http('plain', (_req, res) => void res.send('plain'));

http('fails', (_req, res) => void res.send('plain'), {
  async upgrade(req, socket) {
    if (req.url === '/throws') throw new Error('secret');
    if (req.url === '/refuses')
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    if (req.url === '/late') {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
      throw new Error('too late');
    }
    if (req.url === '/bytes') {
      socket.write(
        Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello'),
      );
      socket.on('data', data => socket.write(data));
    }
  },
});

const names = ['echo', 'listens', 'plain', 'fails'] as const;
const served = new Map(
  await Promise.all(names.map(async name => [name, await serveFunction(name, false)] as const)),
);
test.after.always(() => Promise.all([...served.values()].map(each => each.close())));
const portOf = (name: (typeof names)[number]): number => served.get(name)?.port ?? 0;

/** Connects without a client span of its own. */
async function connect(port: number, headers: Record<string, string> = {}) {
  const socket = context.with(
    suppressTracing(ROOT_CONTEXT),
    () => new WebSocket(`ws://127.0.0.1:${port}/chat?x=1`, { headers }),
  );
  const [[response]] = (await Promise.all([once(socket, 'upgrade'), once(socket, 'open')])) as [
    [IncomingMessage],
    unknown,
  ];
  const [, traceId = '', spanId = ''] = String(response.headers['traceresponse']).split('-');
  return { socket, traceId, spanId };
}

const heardBy = async (socket: WebSocket, text: string): Promise<string> => {
  socket.send(text);
  const [data] = await once(socket, 'message');
  return String(data);
};

const upgradeTo = (path: string, extra = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n${extra}\r\n`;

test.serial(
  'a WebSocket has a span that ends with its 101, below its caller’s, and its messages are handled in its trace',
  async t => {
    const [traceId, sender] = ['c'.repeat(32), 'd'.repeat(16)];
    const { socket, ...ids } = await connect(portOf('echo'), { traceparent: `00-${traceId}-${sender}-01` });
    t.is(ids.traceId, traceId);
    const [server] = await spansOf(traceId);
    t.is(server?.name, 'GET /echo');
    t.is(server?.spanContext().spanId, ids.spanId);
    t.is(server?.parentSpanContext?.spanId, sender);
    t.like(server?.attributes, {
      'http.request.method': 'GET',
      'http.response.status_code': 101,
      'http.route': '/echo',
      'url.path': '/chat',
      'url.query': 'x=1',
      'faas.trigger': 'http',
    });
    t.truthy(server?.attributes['faas.invocation_id']);
    t.is(server?.status.code, 0);
    await heardBy(socket, 'hello');
    const spans = await spansOf(traceId, 2);
    isChild(t, spanNamed(t, spans, 'message'), spanNamed(t, spans, 'GET /echo'));
    socket.terminate();
  },
);

test.serial(
  'a WebSocket outlasts the deadline, its messages have all of the time, and its signal is aborted when it closes',
  async t => {
    const { socket } = await connect(portOf('echo'));
    await new Promise(resolve => setTimeout(resolve, 1_000));
    t.is(await heardBy(socket, 'one'), 'one 700');
    t.false(signal?.aborted);
    const { signal: own } = { signal };
    socket.close();
    await once(own as AbortSignal, 'abort');
    t.is(own?.reason.status, 499);
  },
);

test.serial(
  'a function that declares upgrades serves other requests, and those for HTTP/2, as requests',
  async t => {
    t.is((await ask(`http://127.0.0.1:${portOf('echo')}/`)).text, 'plain');
    const h2c =
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n';
    t.like(await exchange(portOf('echo'), h2c), { status: 200, body: 'plain' });
  },
);

test.serial(
  'a listener that a function adds to its server itself gets the upgrades, each with its span',
  async t => {
    t.is((await ask(`http://127.0.0.1:${portOf('listens')}/`)).text, 'ready');
    const socket = new WebSocket(`ws://127.0.0.1:${portOf('listens')}/`);
    const [[response], [data]] = (await Promise.all([once(socket, 'upgrade'), once(socket, 'message')])) as [
      [IncomingMessage],
      [Buffer],
    ];
    t.is(String(data), 'hello');
    const [server] = await spansOf(String(response.headers['traceresponse']).split('-')[1] ?? '');
    t.is(server?.attributes['http.response.status_code'], 101);
    socket.terminate();
  },
);

test.serial('where nothing handles upgrades, a request for one is a request like any other', async t => {
  t.is((await exchange(portOf('plain'), upgradeTo('/', 'Connection: close\r\n'))).body, 'plain');
});

test.serial(
  'a request for an upgrade is refused for what any request is refused for, as a problem document',
  async t => {
    const hostless = upgradeTo('/').replace('Host: x\r\n', '');
    isProblem(t, await exchange(portOf('echo'), hostless), 400);
    const body = 'Content-Length: 4\r\n';
    isProblem(t, await exchange(portOf('echo'), `${upgradeTo('/', body)}body`), 400);
  },
);

test.serial(
  'a handler of upgrades that fails, or never responds, or refuses, has that in its response and its span',
  async t => {
    for (const [path, status] of [
      ['/throws', 500],
      ['/never', 504],
      ['/refuses', 403],
    ] as const) {
      const response = await exchange(portOf('fails'), upgradeTo(path));
      if (status === 403) t.is(response.status, 403);
      else isProblem(t, response, status);
      const [server] = await spansOf(response.headers['traceresponse']?.split('-')[1] ?? '');
      t.is(server?.attributes['http.response.status_code'], status);
      t.is(server?.status.code, status < 500 ? 0 : 2, server?.status.message);
    }
  },
);

test.serial('a handler that fails after its 101 loses the connection, and the failure is a span', async t => {
  const began = performance.now();
  const { headers, status } = await exchange(portOf('fails'), upgradeTo('/late'));
  t.true(performance.now() - began < 5_000);
  t.is(status, 101);
  const spans = await spansOf(headers['traceresponse']?.split('-')[1] ?? '', 2);
  t.is(spanNamed(t, spans, 'after the response').status.message, 'too late');
});

test.serial(
  'other protocols work, also where the head is written as bytes, and behind a request that is under way',
  async t => {
    const talk = talkTo(portOf('fails'), `GET / HTTP/1.1\r\nHost: x\r\n\r\n${upgradeTo('/bytes')}`);
    await untilHeard(talk, 'hello');
    t.regex(talk.heard(), /^\[HTTP\/1\.1 200\] plain\[HTTP\/1\.1 101\] hello$/);
    talk.socket.write('to and fro');
    await untilHeard(talk, 'to and fro');
    talk.socket.destroy();
    await talk.closed;
  },
);

test.serial('a WebSocket on which nothing moves is closed with 1001, and one that moves is not', async t => {
  const { server, upgraded } = await serverOf('echo');
  server.timeout = 300;
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close(() => undefined));
  const { port } = server.address() as AddressInfo;
  const [idle, busy] = [(await connect(port)).socket, (await connect(port)).socket];
  const pings = setInterval(() => busy.ping(), 50);
  const [code] = await once(idle, 'close');
  t.is(code, 1001);
  await heardBy(busy, 'hello');
  t.is(upgraded.count, 1);
  clearInterval(pings);
  busy.terminate();
});

test.serial('a WebSocket is not closed to make room for other connections', async t => {
  const { crowded } = connectionLimits;
  connectionLimits.crowded = 0;
  t.teardown(() => void Object.assign(connectionLimits, { crowded }));
  const { socket } = await connect(portOf('echo'));
  const others = await Promise.all([connect(portOf('echo')), connect(portOf('echo'))]);
  t.is(await heardBy(socket, 'still'), 'still 700');
  for (const each of [socket, ...others.map(({ socket }) => socket)]) each.terminate();
});
