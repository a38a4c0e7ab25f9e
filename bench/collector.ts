import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Span } from '../packages/traced/src/read/span.ts';
import type { Behaviour, Command, Counts, SpansByTrace } from './collector-process.ts';
import { onCore } from './cores.ts';

const program = fileURLToPath(new URL('./collector-process.ts', import.meta.url));

/** A running collector that counts what it gets. */
export class Collector {
  readonly #child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();
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
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // A span's times are bigints, which JSON does not take.
      serialization: 'advanced',
    });
    const [ports] = await once(child, 'message');
    return new Collector(child, ports);
  }

  /** Forgets what has come so far. */
  async reset(): Promise<void> {
    await this.#tell('reset');
  }

  /** Does that with every batch from now on. */
  async behave(as: Behaviour): Promise<void> {
    await this.#tell(as);
  }

  async counts(): Promise<Counts> {
    return (await this.#tell('count')) as Counts;
  }

  /** Of each trace, how many different spans have come. */
  async traces(): Promise<Map<string, number>> {
    return new Map((await this.#tell('traces')) as SpansByTrace);
  }

  /** The spans of those traces that have come; none with `eager`. */
  async spans(traceIds: readonly string[]): Promise<Span[]> {
    return (await this.#tell({ kind: 'spans', traceIds })) as Span[];
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  /** One command after the other, so that each answer is that of its own. */
  #tell(command: Command): Promise<unknown> {
    const answer = this.#last.then(async () => {
      const message = once(this.#child, 'message');
      this.#child.send(command);
      return (await message)[0];
    });
    this.#last = answer;
    return answer;
  }
}
