import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Counts } from './collector-process.ts';
import { onCore } from './cores.ts';

const program = fileURLToPath(new URL('./collector-process.ts', import.meta.url));

/** A running collector that counts what it gets. */
export class Collector {
  readonly #child: ChildProcess;
  /** Base URL of Jaeger's thrift over HTTP. */
  readonly thrift: string;
  /** Base URL of OTLP over HTTP. */
  readonly otlp: string;

  private constructor(child: ChildProcess, ports: { thrift: number; otlp: number }) {
    this.#child = child;
    this.thrift = `http://127.0.0.1:${ports.thrift}`;
    this.otlp = `http://127.0.0.1:${ports.otlp}`;
  }

  /** @param eager reads what arrives at once, which takes time from who is beside it and saves memory */
  static async start(core: number | undefined, eager = false): Promise<Collector> {
    const options = eager ? ['--eager'] : [];
    const [command = '', ...args] = onCore(core, [process.execPath, program, ...options]);
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [ports] = await once(child, 'message');
    return new Collector(child, ports);
  }

  /** Forgets what has come so far. */
  reset(): void {
    this.#child.send('reset');
  }

  async counts(): Promise<Counts> {
    const answer = once(this.#child, 'message');
    this.#child.send('count');
    return (await answer)[0] as Counts;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
