const releases: (() => unknown)[] = [];

/** Has `release` called when the process stops, after its last answer: for what a function keeps open. */
export function onStop(release: () => unknown): void {
  releases.push(release);
}

/** Lets go of all that functions keep open; what fails is of no consequence any more. */
export async function runStopHooks(): Promise<void> {
  await Promise.allSettled(releases.map(async release => release()));
}
