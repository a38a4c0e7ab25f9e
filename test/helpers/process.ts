import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from '../../packages/runtime/src/node-options.ts';

export interface FunctionProcess {
  child: ChildProcess;
  url: string;
  port: number;
  /** The JSON lines that it has logged so far. */
  log: Record<string, unknown>[];
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const functions = fileURLToPath(new URL('../../functions', import.meta.url));
const main = fileURLToPath(new URL('../../packages/runtime/src/main.ts', import.meta.url));

export const sourceOf = (name: string): string =>
  fileURLToPath(new URL(`./sources/${name}.ts`, import.meta.url));

/** Starts a function, from its source unless told, in a process of its own on a free port. */
export function spawnFunction(
  target: string,
  env: NodeJS.ProcessEnv = {},
  file = main,
  stderr: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  return spawn(process.execPath, [...nodeOptions, file], {
    stdio: ['ignore', 'pipe', stderr, 'ipc'],
    env: {
      PATH: process.env['PATH'],
      FUNCTION_TARGET: target,
      FUNCTION_SOURCE: join(functions, target, 'index.ts'),
      PORT: '0',
      HOST: '127.0.0.1',
      OTEL_TRACES_EXPORTER: 'none',
      LAME_DUCK_MS: '0',
      ...env,
    },
  });
}

/** The same, and waits until it listens or has ended. */
export async function startFunctionProcess(
  target: string,
  env: NodeJS.ProcessEnv = {},
  file = main,
): Promise<FunctionProcess> {
  const child = spawnFunction(target, env, file);
  const log: Record<string, unknown>[] = [];
  const lines = createInterface(child.stdout as Readable).on('line', line => log.push(JSON.parse(line)));
  // Not the event 'close': it never comes after a disconnect().
  const exit = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code, signal]]) => ({
    code,
    signal,
  }));
  const message = await Promise.race([once(child, 'message'), exit]);
  const port = Array.isArray(message) ? (message[0] as { port: number }).port : 0;
  return { child, url: `http://127.0.0.1:${port}`, port, log, exit };
}
