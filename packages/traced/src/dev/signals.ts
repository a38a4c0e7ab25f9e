/** Runs a dev server until a signal ends it. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

export interface Stoppable {
  stop(withinMs: number): Promise<void>;
  kill(): void;
}

// Under npm a terminal's Ctrl-C comes twice: from the terminal itself, and once more from npm, which had it too and
// hands it on.
const sameCtrlCWithinMs = 300;
// How often it is looked whether the shell that npm runs us in is still there: npm hands SIGTERM on to that shell,
// which ends by it and tells us nothing.
const lookForParentMs = 200;
// All that is asked to end has this long, of the 10 s after which others would lose patience.
export const stopWithinMs = 9_000;

/**
 * The first signal stops in order and exits with 0, a second one ends everything at once.
 * @returns aborted at the first one
 */
export function stopOnSignal(stoppable: Stoppable, warn: (line: string) => void): AbortSignal {
  const stopping = new AbortController();
  let first: { signal: NodeJS.Signals; at: number } | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (first === undefined) {
      first = { signal, at: now };
      stopping.abort();
      warn(`${signal}: stopping; once more ends everything at once`);
      void stoppable.stop(stopWithinMs).then(() => process.exit(0));
    } else if (signal === 'SIGTERM' || signal !== first.signal || now - first.at > sameCtrlCWithinMs) {
      stoppable.kill();
      process.exit(128 + constants.signals[signal]);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, onSignal);
  }
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
