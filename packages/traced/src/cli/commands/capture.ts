/** `traced capture`: a collector for as long as a command runs, then the diagnosis of what it sent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { startTraceBackend, type TraceBackend } from '../../dev/traces/backend.ts';
import { toJaegerTrace } from '../../dev/traces/jaeger-json.ts';
import type { TraceStore } from '../../dev/traces/store.ts';
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { diagnoseAll } from '../../diagnosis/set.ts';
import { type OutputOptions, writeDiagnosis } from '../diagnosis-output.ts';
import { InputError } from '../input-error.ts';
import { systemReason } from '../system-reasons.ts';
import { say } from '../terminal.ts';

interface CaptureOptions extends OutputOptions {
  otlpPort: number;
}

/** A test run's traces, kept whole: accounted bytes. */
const limits = { maxTraces: 100_000, maxBytes: 512 * 1024 * 1024 };
/** ms: how long a batch may still take when the command has ended. */
const lastBatchMs = 10_000;

export async function run(command: string[], { otlpPort, ...options }: CaptureOptions): Promise<void> {
  const backend = await startTraceBackend({ collectorPort: 0, otlpPort, queryPort: 0, ...limits }).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? new InputError(`port ${otlpPort} is taken: choose another`) : error;
    },
  );
  let status: number;
  let traces: JaegerTrace[];
  try {
    status = await statusOf(started(command, backend));
    await Promise.race([backend.idle(), pause(lastBatchMs, undefined, { ref: false })]);
    traces = tracesIn(backend.store);
    const { evictedTraces } = backend.store.counters;
    if (evictedTraces > 0) say(`traced: ${evictedTraces} traces were dropped: there was no room for more`);
  } finally {
    await backend.close();
  }
  if (status !== 0) process.exitCode = status;
  if (traces.length === 0) return nothingCaptured(status);
  await writeDiagnosis(diagnoseAll(traces, options.objective), traces, { ...options, isOne: false });
  // It says more of what went wrong than a finding does.
  if (status !== 0) process.exitCode = status;
}

/** A pipeline must not pass because nothing was looked at. */
function nothingCaptured(status: number): void {
  const reason =
    'no traces were received; does the command export OTLP over HTTP, as the OTEL_… variables say?';
  if (status === 0) throw new InputError(reason);
  say(`traced: ${reason}`);
}

/** What the command prints is not the diagnosis, so that all of it goes to standard error. */
function started([program = '', ...args]: readonly string[], backend: TraceBackend): ChildProcess {
  const child = spawn(program, args, {
    stdio: ['inherit', process.stderr.fd, process.stderr.fd],
    env: { ...process.env, ...environment(backend) },
  });
  // A terminal interrupts both, and the diagnosis is still to come.
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return child;
}

/** Traces only: what else the command exports goes where it would go. */
const environment = ({ otlpPort, collectorPort }: TraceBackend): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${otlpPort}/v1/traces`,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_JAEGER_ENDPOINT: `http://127.0.0.1:${collectorPort}/api/traces`,
});

function statusOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'there is no such command' : systemReason(error);
      reject(new InputError(`${child.spawnfile} cannot be run: ${reason}`));
    });
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

function tracesIn(store: TraceStore): JaegerTrace[] {
  const traces = new Map<string, JaegerTrace>();
  const everything = {
    operation: '',
    startMin: -(2n ** 63n),
    startMax: 2n ** 63n,
    tags: new Map<string, string>(),
    durationMin: 0n,
    durationMax: 0n,
    limit: 0,
  };
  for (const service of store.services()) {
    for (const spans of store.find({ ...everything, service })) {
      const trace = toJaegerTrace(spans);
      traces.set(trace.traceID, trace);
    }
  }
  return [...traces.values()];
}
