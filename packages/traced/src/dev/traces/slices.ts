/** Long computations in slices, between which others are served. */
import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 10;

/** A computation that yields wherever it may be interrupted. */
export type Steps<Result> = Generator<undefined, Result>;

/** Runs it to its end at once. */
export function runAtOnce<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Runs it for some 10 ms at a time. Rejects as soon as `isOver` is true. */
export async function runInSlices<Result>(steps: Steps<Result>, isOver: () => boolean): Promise<Result> {
  let began = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - began < SLICE_MS) continue;
    await setImmediate();
    if (isOver()) throw new Error('nobody waits for this any more');
    began = performance.now();
  }
}

/** Calls back for each item, and may be interrupted after each. */
export function* each<Item>(items: Iterable<Item>, act: (item: Item) => void): Steps<void> {
  for (const item of items) {
    act(item);
    yield;
  }
}
