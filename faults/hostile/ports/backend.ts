import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Watched, watchable } from '../memory.ts';
import type { BackendPorts, Counters } from './backend-process.ts';

const program = fileURLToPath(new URL('./backend-process.ts', import.meta.url));

/** The running backend of `npm start`, */
export class Backend implements Watched {
  readonly #child: ChildProcess;
  readonly ports: BackendPorts;

  private constructor(child: ChildProcess, ports: BackendPorts) {
    this.#child = child;
    this.ports = ports;
  }

  static async start(): Promise<Backend> {
    const env = { PATH: process.env['PATH'], ...watchable };
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [ports] = (await once(child, 'message')) as [BackendPorts];
    return new Backend(child, ports);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What is stored. */
  async counters(): Promise<Counters> {
    const told = once(this.#child, 'message');
    this.#child.send('counters');
    return (await told)[0];
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.disconnect();
    await ended;
  }
}
