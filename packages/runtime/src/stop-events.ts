/** When a process stops: at a signal, at the end of its parent, or after an error that nothing caught. */
import { log } from './log.ts';

/** @returns the exit status */
export type Stop = (options: { isFatal: boolean }) => Promise<number>;

export interface Stopping {
  /** Stops in order; another one as the process starts. */
  inOrder: Stop;
  /** Stops in order because of an error that nothing caught: the process is in an unknown state. Its exit status is 1. */
  afterError(error: unknown): void;
}

/**
 * The first SIGTERM, SIGINT or end of the parent's channel stops in order; a second signal ends at once.
 * @param inOrder how the process stops until it is told otherwise
 */
export function listenForStop(inOrder: Stop): Stopping {
  let begun = false;
  let signals = 0;
  let isFatal = false;
  const begin = async (): Promise<void> => {
    if (begun) return;
    begun = true;
    const code = await stopping.inOrder({ isFatal }).catch(error => {
      log.error(`cannot stop in order: ${error instanceof Error ? error.message : error}`);
      return 1;
    });
    process.exit(isFatal ? 1 : code);
  };
  const stopping: Stopping = {
    inOrder,
    afterError(error) {
      isFatal = true;
      if (begun) return;
      log.error(`stopping after an uncaught error: ${error instanceof Error ? error.message : error}`);
      void begin();
    },
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (signals++ > 0) process.exit(signal === 'SIGTERM' ? 143 : 130);
      void begin();
    });
  }
  process.once('disconnect', begin);
  // The parent may have been gone before anybody listened.
  if (process.send !== undefined && !process.connected) void begin();
  return stopping;
}
