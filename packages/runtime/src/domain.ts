/**
 * What the Functions Framework uses of `node:domain`. It wants a domain for exceptions outside of a handler's own
 * promise; those reach the process's `uncaughtException`, where the runtime knows by its context whose they are.
 */
export function create(): { on(): void; run(work: () => void): void } {
  return { on: () => undefined, run: work => work() };
}
