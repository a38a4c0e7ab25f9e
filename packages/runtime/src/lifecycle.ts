/** What a function has done before its process listens and when it stops. */
import { log } from './log.ts';

type Hook = () => unknown;

const starts: Hook[] = [];
const stops: Hook[] = [];
let hasStarted = false;

/**
 * Has `hook` called before the process listens: for connections, or data that requests need. All of them run in
 * parallel; the process listens when the last one has ended, and ends with exit status 1 if one fails.
 * @throws Error where the process listens already
 */
export function onStart(hook: Hook): void {
  if (hasStarted)
    throw new Error('onStart was called after the start; call it where the function is registered');
  starts.push(hook);
}

/** Before another function is loaded: a test process loads several. */
export function allowStartHooks(): void {
  hasStarted = false;
}

/**
 * Has `hook` called when the process stops, after its last response and the last span: for what a function keeps open.
 * All of them run in parallel; the process waits for them within `SHUTDOWN_TIMEOUT_MS`, of which a fifth of what is left
 * then is kept for sending spans.
 */
export function onStop(hook: Hook): void {
  stops.push(hook);
}

/**
 * Runs what `onStart` has been given.
 * @returns whether there was anything to run
 * @throws Error for the first hook that fails, or when `limitMs` is over
 */
export async function runStartHooks(limitMs: number): Promise<boolean> {
  hasStarted = true;
  if (starts.length === 0) return false;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const message = `onStart has not ended within START_TIMEOUT_MS="${limitMs}"`;
  const timer = setTimeout(() => reject(new Error(message)), limitMs);
  const all = Promise.all(starts.splice(0).map(async hook => hook()));
  const failed = (error: unknown): never => {
    throw new Error(`onStart failed: ${error instanceof Error ? error.message : error}`, { cause: error });
  };
  try {
    await Promise.race([all.catch(failed), late]);
  } finally {
    clearTimeout(timer);
  }
  return true;
}

/** Runs what `onStop` has been given; what fails is logged and keeps nothing else from its end. */
export async function runStopHooks(): Promise<void> {
  const failed = (error: unknown) =>
    log.warning('onStop failed', { reason: error instanceof Error ? error.message : String(error) });
  await Promise.all(stops.map(async hook => hook()).map(stopped => stopped.catch(failed)));
}
