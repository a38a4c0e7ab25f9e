/** The command `traced`, run as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** What is on standard input; nothing unless given. */
  input?: string;
  cwd?: string;
}

/** Starts it with nothing of this environment but the path: no address of a Jaeger, no colour, UTC. */
export function startTraced(args: readonly string[], { env = {}, cwd }: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Runs it to its end. */
export async function traced(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = startTraced(args, options);
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input ?? '');
  const [[status, signal], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
  ]);
  return { status, signal, stdout, stderr };
}

/** The next of what a stream sends that has this in it; rejects where it ends before. */
export async function until(stream: Readable, pattern: RegExp): Promise<string> {
  let seen = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    seen += chunk;
    if (pattern.test(seen)) return seen;
  }
  throw new Error(`it ended without ${pattern}, after: ${seen}`);
}

/** A server on a free port of loopback that the test's end closes; its address. */
export async function serve(
  t: { teardown(end: () => void): void },
  listener: RequestListener,
  port = 0,
): Promise<string> {
  const server = createServer(listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port of loopback that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
