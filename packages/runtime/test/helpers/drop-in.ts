/** The folder of somebody else's functions, with the framework's command and the packed runtime's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { closedPort } from '../../../traced/test/helpers/traced.ts';

export const folder = fileURLToPath(new URL('../../../../test/drop-in', import.meta.url));
export const bin = (name: string): string => join(folder, 'node_modules/.bin', name);
/** Whether .ci/run has installed the folder and the packed package in it. */
export const isInstalled: boolean = existsSync(bin('traced-functions'));
export const installed = test[isInstalled ? 'serial' : 'skip'];

export interface Run {
  target: string;
  source?: string;
  signature?: string;
}

export interface Running {
  url: string;
  child: ChildProcess;
  lines: string[];
}

const command = (name: string, { target, source = '.', signature = 'http' }: Run): string[] => [
  bin(name),
  `--target=${target}`,
  `--source=${source}`,
  `--signature-type=${signature}`,
];

/** Settles when a process's port accepts a connection, or the process has ended. */
async function accepts(port: number, child: ChildProcess): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const refused = await once(socket, 'connect').catch((error: unknown) => error);
  socket.destroy();
  if (!(refused instanceof Error) || child.exitCode !== null || child.signalCode !== null) return;
  await pause(20);
  return accepts(port, child);
}

/** Starts a command of the folder's, and waits until it listens. */
export async function start(
  t: ExecutionContext,
  name: string,
  run: Run,
  env: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const port = await closedPort();
  const child = spawn(process.execPath, command(name, run), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      LAME_DUCK_MS: '0',
      OTEL_TRACES_EXPORTER: 'none',
      ...env,
    },
  });
  t.teardown(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', line => {
      lines.push(line);
      if (/^URL: |"listening"/.test(line)) resolve();
    });
  // In production the framework does not say when it listens.
  if (env['NODE_ENV'] === 'production') void accepts(port, child).then(resolve);
  child.once('exit', code => reject(new Error(`${name} ended with ${code}: ${lines.join('\n')}`)));
  await promise;
  return { url: `http://127.0.0.1:${port}`, child, lines };
}

export const stock = (t: ExecutionContext, run: Run): Promise<Running> =>
  start(t, 'functions-framework', run);
export const ours = (t: ExecutionContext, run: Run, env?: NodeJS.ProcessEnv): Promise<Running> =>
  start(t, 'traced-functions', run, env);
