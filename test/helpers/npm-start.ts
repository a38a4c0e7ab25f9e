import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { JaegerSpan, JaegerTrace } from '../../packages/traced/src/diagnosis/jaeger.ts';
import { processesIn, processesWith } from './processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface StartOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** Through npm, in a process group of its own as a terminal gives it. */
  npm?: boolean;
  /** What this Node runs instead. */
  program?: string[];
  /** Where, instead of in the project's folder. */
  cwd?: string;
}

/** `npm start` on free ports, as a child process; whatever is left of it is killed when the test is over. */
export class Started {
  readonly child: ChildProcess;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';
  readonly #marker = `NPM_START_TEST=${randomUUID()}`;
  /** For temporary files. */
  readonly folder = mkdtempSync(join(tmpdir(), 'traced-functions-test-'));

  constructor(
    t: ExecutionContext,
    { args = [], env = {}, npm = false, program, cwd = root }: StartOptions = {},
  ) {
    const [command, words] = npm
      ? ['npm', ['start', '--silent', '--', ...args]]
      : [
          process.execPath,
          [...(program ?? ['--conditions=traced-functions-source', 'local/main.ts']), ...args],
        ];
    const [name = '', value = ''] = this.#marker.split('=');
    const ports = { PORT: '0', JAEGER_PORT: '0', COLLECTOR_PORT: '0', OTLP_PORT: '0' };
    this.child = spawn(command, words, {
      cwd,
      detached: npm,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...ports, TMPDIR: this.folder, ...env, [name]: value },
    });
    this.child.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text;
    });
    this.exit = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
    t.teardown(() => {
      for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** The processes that are there now, the first one's included. */
  processes(): number[] {
    // redis-server writes its title over its environment, so it is known by its folder.
    return [...new Set([...processesWith(this.#marker), ...processesIn(this.folder)])];
  }

  /** What is left in the temporary folder that it was given. */
  leftFiles(): string[] {
    return readdirSync(this.folder);
  }

  /** The process of one function. */
  processOf(name: string): number {
    const targets = new Set(processesWith(`FUNCTION_TARGET=${name}`));
    const pid = this.processes().find(each => targets.has(each));
    if (pid === undefined) throw new Error(`${name} is not running`);
    return pid;
  }

  /** Resolves with the match as soon as stdout has it; rejects if the process ends before. */
  async stdoutHas(pattern: RegExp): Promise<RegExpExecArray> {
    const stdout = this.child.stdout;
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (stdout === null || stdout.readableEnded)
        throw new Error(`ended without ${pattern}:\n${this.stderr}`);
      await new Promise<void>(resolve => {
        const next = () => {
          stdout.off('data', next).off('end', next);
          resolve();
        };
        stdout.on('data', next).on('end', next);
      });
    }
  }

  async ready(): Promise<{ gateway: string; traces: string }> {
    const [, gateway = '', traces = ''] = await this.stdoutHas(/^ready: (http:\S+) · traces: (http:\S+)$/m);
    // Both are on 127.0.0.1 only, and localhost may be ::1 first.
    return {
      gateway: gateway.replace('localhost', '127.0.0.1'),
      traces: traces.replace('localhost', '127.0.0.1'),
    };
  }

  /** The trace of the first request, once it has been shown, read from the query API. */
  async firstTrace(): Promise<JaegerTrace> {
    const { traces } = await this.ready();
    const [, id = ''] = await this.stdoutHas(/\/trace\/([0-9a-f]{32})\n/);
    return readTrace(traces, id);
  }
}

export async function readTrace(tracesUrl: string, id: string): Promise<JaegerTrace> {
  const response = await fetch(`${tracesUrl}/api/traces/${id}`);
  const { data } = (await response.json()) as { data: JaegerTrace[] };
  const [trace] = data;
  if (trace === undefined) throw new Error(`no trace ${id}`);
  return trace;
}

export function parentIdOf(span: JaegerSpan): string | undefined {
  return span.references.find(({ refType, traceID }) => refType === 'CHILD_OF' && traceID === span.traceID)
    ?.spanID;
}

/** The services of every span's parent and its own, `parent > child`, each pair once. */
export function serviceEdges({ spans, processes }: JaegerTrace): string[] {
  const services = new Map(spans.map(span => [span.spanID, processes[span.processID]?.serviceName]));
  const edges = spans.flatMap(span => {
    const parent = parentIdOf(span);
    if (parent === undefined) return [];
    const [from, to] = [services.get(parent), services.get(span.spanID)];
    return from === to ? [] : [`${from} > ${to}`];
  });
  return [...new Set(edges)].sort();
}
