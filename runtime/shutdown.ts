import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { log } from './log.ts';
import { releaseAll } from './release.ts';
import type { FunctionServer } from './server.ts';
import type { Config } from './settings.ts';
import type { Tracing } from './tracing.ts';

const closed = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });

/**
 * Stops in the order that loses no span: announce the end of keep-alive, go on serving for the lame-duck time, close
 * the listener and idle connections, let the last answers end, flush, wait for exports under way. One deadline over
 * all; a log line says what was delivered and what was not.
 * @returns the exit status: 0, or 1 where the deadline cut something off
 */
export async function stop(
  functionServer: FunctionServer,
  tracing: Tracing,
  config: Config,
): Promise<number> {
  const began = performance.now();
  const left = () => Math.max(0, config.shutdownTimeoutMs - (performance.now() - began));
  functionServer.announceClose();
  await pause(Math.min(config.lameDuckMs, left()));
  // A part of the deadline is kept for the flush, which matters more than an answer that is late already.
  const served = await within(closed(functionServer.server), left() * 0.8);
  if (!served) functionServer.server.closeAllConnections();
  await within(releaseAll(), left());
  const counts = await within(tracing.stop(), left());
  const milliseconds = Math.round(performance.now() - began);
  const fields = {
    milliseconds,
    all_answered: served,
    spans_delivered: counts?.exported,
    spans_dropped: counts?.dropped,
  };
  if (served && counts) log.info('stopped', fields);
  else log.error('stopped at the deadline, before all was answered and delivered', fields);
  return served && counts ? 0 : 1;
}

async function within<T>(
  work: Promise<T>,
  limitMs: number,
): Promise<(T extends void ? true : T) | undefined> {
  const timer = new AbortController();
  const late = pause(limitMs, undefined, { signal: timer.signal }).catch(() => undefined);
  const result = await Promise.race([work.then(value => value ?? true), late]);
  timer.abort();
  return result as (T extends void ? true : T) | undefined;
}
