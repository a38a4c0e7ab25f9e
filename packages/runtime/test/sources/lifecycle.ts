/** A function with hooks, WebSockets and work after its responses, chosen by the environment and the path. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { http, log, onStart, onStop, tracer } from '@traced-functions/runtime';
import { WebSocketServer } from 'ws';

const { HOOK = '' } = process.env;
let loaded = 'not loaded';

const hooks: Record<string, () => unknown> = {
  async loads() {
    await pause(100);
    loaded = 'loaded';
  },
  async fails() {
    await pause(10);
    throw new Error('no database');
  },
  throws() {
    throw new Error('no database');
  },
  never: () => new Promise(() => undefined),
};
if (HOOK in hooks) onStart(hooks[HOOK] as () => unknown);

const other = createServer((_req, res) => void setTimeout(() => res.end('other'), 20)).unref();
onStart(() => new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve)));
onStop(() => log.info('hook of the stop'));
onStop(() => {
  throw new Error('of no consequence');
});

if (HOOK === 'never stops') onStop(() => new Promise(() => undefined));

const sockets = new WebSocketServer({ noServer: true });
sockets.on('connection', socket =>
  socket.on('message', data => socket.send(String(data))).on('close', code => log.info('closed', { code })),
);

const stray: Record<string, () => unknown> = {
  timer: () =>
    setTimeout(() => {
      throw new Error('of a timer');
    }, 10),
  promise: () => void Promise.reject(new Error('of a promise')),
};

const afterwards: Record<string, () => unknown> = {
  /** Spans one behind the other, and none open between them. */
  async '/calls'() {
    const { port } = other.address() as AddressInfo;
    for (let times = 0; times < 5; times++) {
      await (await fetch(`http://127.0.0.1:${port}/${times}`)).text();
      await pause(30);
    }
  },
  async '/span'() {
    const span = tracer.startSpan('work');
    await pause(300);
    span.end();
  },
  '/stray': () => stray['timer']?.(),
  '/twice'() {
    for (const ms of [10, 20]) setTimeout(() => void Promise.reject(new Error(`after ${ms} ms`)), ms);
  },
};

http(
  'lifecycle',
  async (req, res) => {
    if (req.path === '/stray' && req.query['kind']) return void stray[String(req.query['kind'])]?.();
    if (req.path === '/late-start') return void res.send(String(tryStart()));
    await pause(Number(req.query['ms'] ?? 0));
    res.send(loaded);
    afterwards[req.path]?.();
  },
  {
    upgrade: (req, socket, head) =>
      sockets.handleUpgrade(req, socket, head, each => sockets.emit('connection', each, req)),
  },
);

function tryStart(): unknown {
  try {
    return onStart(() => undefined);
  } catch (error) {
    return error;
  }
}
