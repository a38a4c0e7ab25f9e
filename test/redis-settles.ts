import net, { type Socket } from 'node:net';
import test from 'ava';
import { startRedisServer } from '../local/redis-server.ts';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import { ask, serveFunction, startRuntime } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';

type Act = (socket: Socket) => void;

/** What the Redis does instead of replying. */
let act: Act | undefined;
/** From when on: the connection's first command, or the first one that stores. */
let from: 'the first command' | 'the first MSET' | 'the first SET';

const config = await startRuntime();
const redis = await startRedisServer();
const page = await startOrigin((_req, res) => void res.setHeader('x-page', '1').end('page'));
const sockets = new Set<Socket>();
const first = { 'the first command': /./s, 'the first MSET': /mset/i, 'the first SET': /\bset\r/i };
const server = net.createServer(socket => {
  const onward = net.connect(redis.port, '127.0.0.1').on('error', () => undefined);
  sockets.add(socket);
  let broken = false;
  socket.on('error', () => undefined).once('close', () => onward.destroy());
  socket.on('data', data => {
    if (broken) return;
    broken = act !== undefined && first[from].test(String(data));
    if (broken) act?.(socket);
    else onward.write(data);
  });
  onward.pipe(socket);
});
config.redisUrl = `redis://127.0.0.1:${await listenOn(server, 0)}`;
config.upstreamUrl = page.url;
const served = await serveFunction('redis');
test.after.always(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await Promise.all([served.close(), page.close(), redis.close()]);
});

const trickle = (socket: Socket, bytes: string): void => {
  const timer = setInterval(() => socket.write(bytes), 10);
  socket.once('close', () => clearInterval(timer));
};

const acts: Record<string, Act> = {
  'never replies': () => undefined,
  'replies with random bytes': socket => socket.write('\x16\x03\x01\x00\xa5\x01\x00\r\n'),
  'replies as HTTP': socket => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'replies with a length that is none': socket => socket.write('$x\r\n*-7\r\n'),
  'closes inside a reply': socket => socket.end('$100\r\nhalf'),
  'resets the connection': socket => socket.resetAndDestroy(),
  'closes without a reply': socket => socket.end(),
  'stops inside a reply': socket => socket.write('$100\r\nhalf'),
  'trickles a reply': socket => {
    socket.write('$1000000\r\n');
    trickle(socket, 'x');
  },
  'sends replies that nobody asked for': socket => socket.write('+OK\r\n'.repeat(2_000)),
  'sends replies for ever': socket => trickle(socket, '-ERR again\r\n'),
  'is loading': socket => trickle(socket, '-LOADING Redis is loading the dataset in memory\r\n'.repeat(60)),
  'is full': socket => socket.end('-ERR max number of clients reached\r\n'),
};
for (const error of [
  'MOVED 1 127.0.0.1:1',
  'ASK 1 127.0.0.1:1',
  'CLUSTERDOWN The cluster is down',
  'MASTERDOWN Link with MASTER is down',
  'NOAUTH Authentication required.',
  'OOM command not allowed',
  'READONLY You cannot write against a read only replica.',
  'BUSY Redis is busy running a script',
  'TRYAGAIN',
  'EXECABORT Transaction discarded',
])
  acts[`replies -${error.split(' ')[0]}`] = socket => socket.write(`-${error}\r\n`.repeat(60));

const stages = ['the first command', 'the first MSET', 'the first SET'] as const;
for (const [name, each] of Object.entries(acts)) {
  test.serial(`a Redis that ${name}: 503 in time, then 200`, async t => {
    for (const stage of stages) {
      config.faults.clear();
      if (stage === 'the first SET') config.faults.add('redis-one-by-one');
      from = stage;
      act = each;
      if (stage === 'the first command') for (const socket of sockets) socket.destroy();
      const began = performance.now();
      const { status, text } = await ask(served.url);
      const ms = performance.now() - began;
      // What stands at the place of a reply may be an odd reply, too: whatever it is, it is no 5xx but 503.
      t.is(status, 503, `from ${stage}: ${text}`);
      t.true(ms < 2_500, `from ${stage}: ${Math.round(ms)} ms`);
      act = undefined;
      const back = performance.now();
      let again = 0;
      while (again !== 200 && performance.now() - back < 3_000) again = (await ask(served.url)).status;
      t.is(again, 200, `after ${stage}`);
    }
  });
}
