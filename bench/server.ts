import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePorts } from '../packages/traced/src/dev/listen.ts';
import { onCore } from './cores.ts';
import { type FirstRequest, firstAnswer } from './first-answer.ts';
import { noQuota, type Quota } from './quota.ts';
import type { Variant } from './variants.ts';

const startWithinMs = 60_000;

export interface Memory {
  /** Resident, in bytes: what `ps` shows. */
  resident: number;
  /** Of it, what is the process's own, and no page of a file such as Node itself. */
  anonymous: number;
}

/** A server that has answered its first request. */
export interface RunningServer {
  url: string;
  pid: number;
  /** From the spawn to the first 200, in ms. */
  startMs: number;
  memory(): Memory;
  /** SIGTERM, and waits for the end. @returns the exit status; null where a signal ended it */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export interface StartOptions {
  /** What it may use of its core. */
  quota?: Quota;
  /** What is asked until it answers with 200. */
  path?: string;
  /** The same, where it is more than a GET. */
  first?: FirstRequest;
  /** Gets each line that it logs. */
  onLine?: (line: string) => void;
  /** What becomes of its standard error. */
  complaints?: 'inherit' | 'ignore';
}

const environment = (own: NodeJS.ProcessEnv, port: number): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  NODE_ENV: 'production',
  PORT: String(port),
  ...own,
});

/** Reads the kernel's account of a process; zeros where there is no /proc. */
function memoryOf(pid: number): Memory {
  let status = '';
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // Another system, or the process has ended.
  }
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1_024;
  return { resident: bytes('VmRSS'), anonymous: bytes('RssAnon') };
}

function runUntilExit(child: ChildProcess): { ended: Promise<unknown>; failed: AbortSignal } {
  const failure = new AbortController();
  const ended = once(child, 'exit');
  ended.then(
    ([code, signal]) => failure.abort(new Error(`the server ended with ${signal ?? `exit status ${code}`}`)),
    error => failure.abort(error),
  );
  return { ended, failed: failure.signal };
}

/**
 * Starts a variant and waits for its first answer.
 * @throws if it ends before, answers with another status than 200, or takes longer than a minute
 */
export async function startServer(
  variant: Omit<Variant, 'name'>,
  core: number | undefined,
  {
    quota = noQuota,
    path = '/',
    first = { method: 'GET', path },
    onLine,
    complaints = 'inherit',
  }: StartOptions = {},
): Promise<RunningServer> {
  const { port } = await freePorts({ port: 0 });
  const [command = '', ...args] = quota.command(onCore(core, [process.execPath, ...variant.args]));
  const began = performance.now();
  const child = spawn(command, args, {
    cwd: variant.cwd,
    env: environment(variant.env, port),
    stdio: ['ignore', onLine === undefined ? 'ignore' : 'pipe', complaints],
  });
  if (onLine !== undefined) createInterface(child.stdout as Readable).on('line', onLine);
  quota.watch(child);
  const { ended, failed } = runUntilExit(child);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  try {
    const late = AbortSignal.timeout(startWithinMs);
    const answered = await firstAnswer(port, first, AbortSignal.any([failed, late]));
    const pid = child.pid as number;
    return {
      url: `http://127.0.0.1:${port}/`,
      pid,
      startMs: answered - began,
      memory: () => memoryOf(pid),
      stop: () => end('SIGTERM'),
      kill: async () => void (await end('SIGKILL')),
    };
  } catch (error) {
    if (!failed.aborted) await end('SIGKILL');
    throw error;
  }
}
