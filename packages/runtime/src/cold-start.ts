import { ROOT_CONTEXT, type Span, type TimeInput, trace } from '@opentelemetry/api';
import pkg from '../package.json' with { type: 'json' };
import { coldStart, ready } from './events.ts';

/** What a starting process does, sequentially: Node's own start, the SDK, the function's code, its hooks if any, the port. */
export type Phase = 'boot' | 'sdk' | 'load' | 'onStart' | 'listen';

/**
 * A first request within this time of the process being ready is the one that the platform started it for. On an idle
 * node Knative passes it on within 0.1 s, on one that starts five pods at once on two cores it was seen to take 1.1 s.
 */
const waitedMs = 5_000;

const phases: { phase: Phase; start: number; end: number }[] = [];
let reported = false;

/** Notes that a phase has ended now; it began where the one before it ended, the first with the process. */
export function endPhase(phase: Phase): void {
  phases.push({ phase, start: phases.at(-1)?.end ?? 0, end: performance.now() });
  if (phase === 'listen') ready.publish(phases.at(-1)?.end);
}

const at = (milliseconds: number): TimeInput => performance.timeOrigin + milliseconds;

function record(parent: Span | undefined): Span {
  const tracer = trace.getTracer('runtime', pkg.version);
  const end = at(phases.at(-1)?.end ?? 0);
  const options = { startTime: at(0), attributes: { 'faas.coldstart': true } };
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent);
  const span = tracer.startSpan('cold start', options, context);
  const within = trace.setSpan(ROOT_CONTEXT, span);
  for (const { phase, start, end: phaseEnd } of phases) {
    tracer.startSpan(phase, { startTime: at(start) }, within).end(at(phaseEnd));
  }
  span.end(end);
  return span;
}

/** Whether the next request is this process's first. */
export const isColdStart = (): boolean => !reported;

/**
 * Records how the process started, at its first request. Where a platform that scales to zero started it for that
 * request, the `cold start` span is the request's child; else it is a trace of its own that the request links to,
 * since a process that sat idle for ten minutes would make a ten-minute trace.
 */
export function reportColdStart(request: Span, scaledFromZero: boolean): void {
  if (reported) return;
  reported = true;
  coldStart.publish(request);
  const ready = phases.at(-1)?.end ?? 0;
  if (scaledFromZero && performance.now() - ready < waitedMs) {
    record(request);
  } else {
    request.addLink({ context: record(undefined).spanContext(), attributes: { 'link.kind': 'cold start' } });
  }
}
