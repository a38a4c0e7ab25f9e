import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onAllCores } from '../cores.ts';
import type { Bench, Table } from '../figures.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const ports = { PORT: '0', JAEGER_PORT: '0', COLLECTOR_PORT: '0', OTLP_PORT: '0' };

/** @returns ms to the line that says so */
async function untilReady(bench: Bench): Promise<number> {
  const [command = '', ...args] = onAllCores(bench.cores, ['npm', 'start']);
  const began = performance.now();
  const child = spawn(command, args, {
    cwd: project,
    env: { ...process.env, ...ports },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let readyMs: number | undefined;
  // To its first trace at least: what it does after `ready` must not run on into the next round.
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('ready: ')) readyMs = performance.now() - began;
    if (line.startsWith('in the browser: ')) break;
  }
  child.kill('SIGTERM');
  child.stdout.resume();
  await ended;
  if (readyMs === undefined) throw new Error('npm start ended before it was ready');
  return readyMs;
}

/** `npm start`, to the line that says it is ready, on all cores. */
export async function npmStart(bench: Bench): Promise<Table> {
  const values: number[] = [];
  for (let round = -1; round < (bench.quick ? 2 : 7); round++) {
    const readyMs = await untilReady(bench);
    if (round >= 0) values.push(readyMs);
  }
  return { title: 'npm start, to ready', unit: 'ms', rounds: { 'npm start': values }, notes: [] };
}
