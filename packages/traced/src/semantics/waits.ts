/** What a span waited for, where its name says so: a connection of a pool, a lock, a full worker. */
import { memoize } from './memoize.ts';
import { pools } from './platforms/pools.ts';

export type Wait = 'connection' | 'lock' | 'worker';

const locks =
  /\b(acquire|wait(ing)?( for| on)?|obtain|get)[ ._-]?(the[ ._-])?(\w+[ ._-])?(lock|mutex|semaphore|latch)\b|\b(lock|mutex|semaphore|latch)[ ._-]?(acqui\w+|wait\w*)\b|^(try)?lock$|\b(pg_)?advisory_(xact_)?lock\b/i;
const workers =
  /\b(queue[ds]?[ ._-]?(time|wait)|wait(ing)?[ ._-](in|for)[ ._-](the[ ._-])?(queue|worker|thread|slot)|thread[ ._-]?pool[ ._-]?(wait|queue)|executor[ ._-]?(wait|queue)|enqueued?)\b/i;

/** Undefined for what is work, or says nothing. */
export const waitOf = memoize((name: string): { wait: Wait | undefined } => {
  if (pools.isWait(name)) return { wait: 'connection' };
  if (locks.test(name)) return { wait: 'lock' };
  return { wait: workers.test(name) ? 'worker' : undefined };
});
