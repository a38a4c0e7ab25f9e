import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../packages/traced/src/dev/listen.ts';
import { startRedisServer } from './redis-server.ts';

export interface Redis {
  readonly url: string;
  /** What it is, for whoever started it: `redis-server 7.0.15 on port 40123`. */
  readonly description: string;
  close(): Promise<void>;
  /** Ends it at once, without waiting. */
  kill(): void;
}

const readyWithinMs = 3_000;
const endWithinMs = 1_000;

/**
 * Finds or starts the Redis of `npm start`: `REDIS_URL` if set, else a `redis-server` from the PATH on a free port of
 * the loopback interface, else the stand-in in this process. Whichever is started keeps its data in memory only.
 */
export async function startRedis(
  given: string | undefined,
  path: string,
  warn: (line: string) => void,
): Promise<Redis> {
  if (given !== undefined) {
    return { url: given, description: 'the one of REDIS_URL', close: async () => {}, kill: () => {} };
  }
  const program = findProgram('redis-server', path);
  if (program === undefined) return startStandIn('no redis-server on the PATH');
  try {
    return await startChild(program);
  } catch (error) {
    warn(`redis-server was found but did not start: ${error instanceof Error ? error.message : error}`);
    return startStandIn('the redis-server on the PATH did not start');
  }
}

async function startStandIn(why: string): Promise<Redis> {
  const server = await startRedisServer();
  return {
    url: `redis://127.0.0.1:${server.port}`,
    description: `stand-in in this process (${why})`,
    close: () => server.close(),
    kill: () => {},
  };
}

function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter(folder => folder !== '')
    .map(folder => join(folder, name))
    .find(file => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

// Redis doesn't notice when the process that started it is killed, so a shell beside it waits on file 3, a pipe from
// us: a line means that all is well, its end that we are gone. The shell becomes Redis by exec, so $$ is Redis.
const underWatch = `
  (IFS= read -r line <&3 || { kill "$$"; rmdir -- "$1"; }) >/dev/null 2>&1 &
  folder="$1"; shift
  exec 3<&-
  cd -- "$folder" && exec "$@"
`;

async function startChild(program: string): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'traced-functions-redis-'));
  const { port } = await freePorts({ port: 0 });
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const bounds = ['--dir', folder, '--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'];
  const child = spawn('sh', ['-c', underWatch, 'sh', folder, program, ...settings, ...bounds], {
    // Its own process group, so that a terminal's Ctrl-C doesn't end it before the functions are done with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const lastLines = collectOutput(child);
  const ended = endOf(child);
  const redis = { url: `redis://127.0.0.1:${port}`, ...endings(child, ended, folder) };
  try {
    const version = await untilReady(port, ended, lastLines);
    return { ...redis, description: `redis-server ${version} on port ${port}` };
  } catch (error) {
    await redis.close();
    throw error;
  }
}

// Not `close`, which would wait for the pipe that the watching shell holds.
async function endOf(child: ChildProcess): Promise<void> {
  await new Promise(resolve => child.once('error', resolve).once('exit', resolve));
  const streams = [child.stdout, child.stderr].filter(stream => stream !== null);
  await Promise.allSettled(streams.map(stream => finished(stream)));
}

/** The last lines that the child wrote. */
function collectOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', text => {
      output = (output + text).slice(-2_000);
    });
  }
  return () => output.trim().split('\n').slice(-3).join('; ');
}

function endings(child: ChildProcess, ended: Promise<void>, folder: string): Pick<Redis, 'close' | 'kill'> {
  const lifeline = child.stdio[3] as import('node:net').Socket;
  lifeline.on('error', () => {});
  const kill = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    kill,
    close: async () => {
      child.kill('SIGTERM');
      const timer = new AbortController();
      await Promise.race([ended, pause(endWithinMs, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
      // The line tells the watching shell that there is nothing left to end.
      lifeline.end('ended\n');
      kill();
    },
  };
}

async function untilReady(port: number, ended: Promise<void>, lastLines: () => string): Promise<string> {
  const deadline = Date.now() + readyWithinMs;
  const gone = ended.then(() => {
    throw new Error(lastLines() || 'it ended at once');
  });
  // Nobody awaits it once Redis is ready.
  gone.catch(() => {});
  while (Date.now() < deadline) {
    const version = await Promise.race([askVersion(port), gone]);
    if (version !== undefined) return version;
    await pause(20);
  }
  throw new Error(`no answer within ${readyWithinMs} ms`);
}

/** The version that INFO gives, undefined if there is no answer yet. */
async function askVersion(port: number): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(500, () => socket.destroy());
  try {
    socket.write('INFO server\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return /^redis_version:(\S+)/m.exec(reply.toString('latin1'))?.[1];
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
