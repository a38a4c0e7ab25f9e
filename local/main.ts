/** What `npm start` runs: the five functions and all that they need, without Docker. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { JaegerTrace } from '@traced-functions/traced';
import { diagnose, printable, renderFindings, renderMarked } from '@traced-functions/traced';
import { ConfigError, type LocalConfig, readLocalConfig, UsageError, usage } from './config.ts';
import { awaitTrace, request } from './first-trace.ts';
import { type RunningStack, Stack } from './stack.ts';

const output = {
  say: (line: string) => void process.stdout.write(`${line}\n`),
  warn: (line: string) => void process.stderr.write(`${line}\n`),
};

// Under `npm start` a terminal's Ctrl-C comes twice: from the terminal itself, and once more from npm, which had it
// too and hands it on.
const sameCtrlCWithinMs = 300;
// How often it is looked whether the shell that npm runs us in is still there: npm hands SIGTERM on to that shell,
// which ends by it and tells us nothing.
const lookForParentMs = 200;
// All that is asked to end has this long, of the 10 s after which others would lose patience.
const stopWithinMs = 9_000;
const mostReasonLength = 300;

async function main(): Promise<void> {
  // A reader that goes away, as in `npm start | head`, is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const config = configOrExit();
  for (const note of config.notes) output.warn(note);
  const stack = new Stack(config, process.env, output);
  const stopping = stopOnSignal(stack);
  try {
    const running = await stack.start();
    output.say(`ready: http://localhost:${running.gatewayPort} · traces: ${running.tracesUrl}`);
    await showFirstTrace(running, stopping);
  } catch (error) {
    if (stopping.aborted) return;
    output.warn(error instanceof Error ? error.message : String(error));
    await stack.stop(stopWithinMs);
    process.exit(1);
  }
}

function configOrExit(): LocalConfig {
  try {
    const config = readLocalConfig(process.argv.slice(2), process.env);
    if (config !== 'help') return config;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usage}`);
      process.exit(2);
    }
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** The first signal stops in order and exits with 0, a second one ends everything at once. */
function stopOnSignal(stack: Stack): AbortSignal {
  const stopping = new AbortController();
  let first: { signal: NodeJS.Signals; at: number } | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (first === undefined) {
      first = { signal, at: now };
      stopping.abort();
      output.warn(`${signal}: stopping; once more ends everything at once`);
      void stack.stop(stopWithinMs).then(() => process.exit(0));
    } else if (signal === 'SIGTERM' || signal !== first.signal || now - first.at > sameCtrlCWithinMs) {
      stack.kill();
      process.exit(128 + constants.signals[signal]);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  if (process.env['npm_lifecycle_event'] !== undefined) {
    onceOrphaned(() => {
      if (first === undefined) onSignal('SIGTERM');
    });
  }
  return stopping.signal;
}

/** Calls back when the process that started this one has ended, which may have been before this line. */
function onceOrphaned(callback: () => void): void {
  const parent = process.ppid;
  const isOrphan = () => process.ppid !== parent || (parent === 1 && !isNpm(1));
  const timer = setInterval(() => {
    if (!isOrphan()) return;
    clearInterval(timer);
    callback();
  }, lookForParentMs);
  timer.unref();
}

/** Whether a process is npm, as the first one of a container may be. */
function isNpm(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('npm');
  } catch {
    return false;
  }
}

async function showFirstTrace(running: RunningStack, signal: AbortSignal): Promise<void> {
  const answer = await request(`http://127.0.0.1:${running.gatewayPort}/all`, signal).catch(
    (error: Error) => error,
  );
  if (signal.aborted) return;
  if (answer instanceof Error) return output.warn(`GET /all failed: ${answer.message}`);
  output.say(`GET /all: ${answer.status} in ${answer.milliseconds} ms`);
  if (answer.traceId === undefined) return output.warn('the answer names no trace');
  try {
    const trace = await awaitTrace(answer.traceId, { read: running.readTrace, signal });
    if (signal.aborted) return;
    if (trace === undefined) return output.warn(`trace ${answer.traceId} has not arrived`);
    showTrace(trace);
  } catch (error) {
    if (signal.aborted) return;
    // Whatever a Jaeger responds with, the functions serve on.
    const reason = printable(reasonFor(error)).slice(0, mostReasonLength);
    return output.warn(`trace ${answer.traceId} cannot be read from ${running.tracesUrl}: ${reason}`);
  }
  output.say(`\nin the browser: ${running.tracesUrl}/trace/${answer.traceId}`);
}

/** `fetch` says no more than "fetch failed"; the reason is its cause. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}

function showTrace(trace: JaegerTrace): void {
  const { isTTY, columns } = process.stdout;
  const screen = {
    columns: Math.min(80, columns || 80),
    color: isTTY === true && !process.env['NO_COLOR'],
  };
  const diagnosis = diagnose(trace);
  process.stdout.write(`\n${renderMarked(diagnosis, screen)}\n${renderFindings(diagnosis, screen)}`);
}

await main();
