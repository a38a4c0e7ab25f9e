import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';

const main = fileURLToPath(new URL('../local/main.ts', import.meta.url));

const children = new Set<ChildProcess>();

/** Ends all that was started, for when this process is told to end: they would outlive it. */
export function stopAll(): void {
  for (const child of children) child.kill('SIGTERM');
}

/** A running `npm start`. */
export interface Running {
  gateway: string;
  readTrace(id: string): Promise<JaegerTrace | undefined>;
  stop(): Promise<void>;
}

/**
 * Starts `npm start` with these faults on free ports and waits until it has shown its first trace, after which nothing
 * runs in it but what is asked of it.
 * @throws {Error} with what it wrote on stderr, if it ends before
 */
export async function startRunning(faults: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, ['--conditions=traced-functions-source', main, '--quiet'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PORT: '0',
      JAEGER_PORT: '0',
      COLLECTOR_PORT: '0',
      OTLP_PORT: '0',
      FAULTS: faults.join(','),
    },
  });
  children.add(child);
  const ended = once(child, 'close').finally(() => children.delete(child));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text;
  });
  let stdout = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    stdout += text;
    if (stdout.includes('in the browser:')) break;
  }
  child.stdout.resume();
  const ready = /^ready: http:\/\/localhost:(\d+) · traces: http:\/\/localhost:(\d+)$/m.exec(stdout);
  if (ready === null) throw new Error(`npm start ended: ${stderr}`);
  const traces = `http://127.0.0.1:${ready[2]}`;
  return {
    gateway: `http://127.0.0.1:${ready[1]}`,
    readTrace: id => readTrace(traces, id),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function readTrace(traces: string, id: string): Promise<JaegerTrace | undefined> {
  const response = await fetch(`${traces}/api/traces/${id}`);
  const { data } = (await response.json()) as { data?: JaegerTrace[] | null };
  return data?.[0];
}
