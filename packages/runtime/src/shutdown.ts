import { setTimeout as pause } from 'node:timers/promises';
import { runStopHooks } from './lifecycle.ts';
import { log } from './log.ts';
import type { FunctionServer } from './server.ts';
import type { Config } from './settings.ts';
import type { Tracing } from './tracing.ts';

/**
 * Stops in the order that loses no span: announce the end of keep-alive, go on serving for the lame-duck time, close
 * the listener and idle connections, let the last responses end, wait for spans that are still open, flush, wait for
 * exports under way. One deadline over all; a log line says what was delivered and what was not.
 * @returns the exit status: 0, or 1 where the deadline cut a request off
 */
export async function stop(
  functionServer: FunctionServer,
  tracing: Tracing,
  config: Config,
): Promise<number> {
  const began = performance.now();
  const left = () => Math.max(0, config.shutdownTimeoutMs - (performance.now() - began));
  const upgraded = functionServer.upgraded.count;
  functionServer.announceClose();
  await pause(Math.min(config.lameDuckMs, left()));
  // A part of the deadline is kept for the spans, which tell why the rest of it was not enough.
  const responded = await within(functionServer.close(), left() * 0.8);
  if (!responded) functionServer.cutOff();
  // What a function does after its response; a part of the time stays for delivering what has ended.
  const allEnded = await within(tracing.open.ended(), left() * 0.8);
  if (!(await within(runStopHooks(), left() * 0.8))) log.warning('onStop has not ended in time');
  await within(tracing.stop(left()), left() + 500);
  const { delivered, undelivered } = tracing.counts();
  const metricsDelivered = tracing.metricsDelivered();
  const fields = {
    milliseconds: Math.round(performance.now() - began),
    all_responded: responded,
    spans_delivered: delivered,
    spans_dropped: undelivered,
    ...(metricsDelivered === undefined ? {} : { metrics_delivered: metricsDelivered }),
    ...(upgraded > 0 ? { upgraded_connections: upgraded } : {}),
    ...(allEnded ? {} : { spans_unfinished: tracing.open.count }),
  };
  const isComplete = responded && allEnded && undelivered === 0 && metricsDelivered !== false;
  if (isComplete) log.info('stopped', fields);
  else log.error('stopped before everything was delivered', fields);
  return responded ? 0 : 1;
}

/** Whether the work was done within the limit. */
async function within(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(limitMs, false, { signal: timer.signal }).catch(() => false);
  const done = await Promise.race([work.then(() => true), late]);
  timer.abort();
  return done;
}
