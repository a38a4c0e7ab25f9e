/** The gateway with a function in alpha's place that has a fault, and root beside it, which has none. */
import type { Collector } from '../../bench/collector.ts';
import type { RunningServer } from '../../bench/server.ts';
import { type Answer, type Broken, isAnswer } from '../load.ts';
import { Problems, wrongProblem } from '../problem.ts';
import type { Relay } from '../relay.ts';
import type { Ground } from '../scenario.ts';
import { exceptions, hasFailed, keyOf, type Shape } from '../traces.ts';

/** What all the functions are told as REQUEST_TIMEOUT_MS. */
export const deadlineMs = 2_000;
const busyMs = 2_000;

export interface Scene {
  ground: Ground;
  collector: Collector;
  /** Where the gateway has the function that has the fault. */
  url: string;
  faulty: RunningServer;
  /** Stands before it: its address stays while it is started anew. */
  relay: Relay;
  /** Starts it anew, as Kubernetes would, in the place of the one that is gone. */
  restart(): Promise<void>;
}

/** A request to the function that has the fault, and what was to become of it. */
export interface Asked {
  result: Answer | Broken;
  statuses: readonly number[];
  /** What its trace must have, by the status of its answer. */
  shapes: Record<number, Shape>;
}

export interface Findings {
  asked: Asked[];
  /** Requests of clients that did not wait for an answer. */
  left?: { traceId: string; shape: Shape }[];
  seen: string;
  problems: string[];
}

export const gatewaySpan = 'gateway-fn GET /alpha';
export const callSpan = 'gateway-fn GET';
export const functionSpan = 'faulty-fn GET /faulty';
const way = [gatewaySpan, callSpan, functionSpan];
const once = (keys: readonly string[]) => Object.fromEntries(keys.map(key => [key, 1]));

export const fine: Shape = { least: once(way) };

/** The function says so itself, at its own span, and all who asked have failed with it. */
export const failedWith = (message: RegExp): Shape => ({
  least: once(way),
  failed: way,
  because: span => keyOf(span) === functionSpan && hasFailed(span) && said(message)(span),
});

/**
 * The function knows nothing of it, or cannot tell any more: the gateway says so. Where time is up, both notice it in
 * the same moment, and the first of them says it.
 */
export const calledInVain = (message: RegExp): Shape => ({
  least: once([gatewaySpan, callSpan]),
  failed: [gatewaySpan, callSpan],
  because: span => [gatewaySpan, functionSpan].includes(keyOf(span)) && said(message)(span),
});

export const said =
  (message: RegExp) =>
  (span: Parameters<typeof exceptions>[0]): boolean =>
    exceptions(span).some(exception => message.test(exception));

function wrong({ result, statuses }: Asked): string | undefined {
  if (!isAnswer(result)) return `broken: ${result.broken}`;
  const { status, ms } = result;
  if (!statuses.includes(status)) return `${status} in the place of ${statuses.join(' or ')}`;
  if (ms > deadlineMs + busyMs) return `an answer after more than ${deadlineMs + busyMs} ms`;
  return status < 400 ? undefined : wrongProblem(result);
}

export interface Judgement {
  answered: { traceId: string; shape: Shape }[];
  problems: string[];
}

export function judge(asked: readonly Asked[]): Judgement {
  const answered: Judgement['answered'] = [];
  const problems = new Problems();
  for (const each of asked) {
    const problem = wrong(each);
    if (problem !== undefined) {
      problems.add(problem);
      continue;
    }
    const { traceId, status } = each.result as Answer;
    answered.push({ traceId, shape: each.shapes[status] as Shape });
  }
  return { answered, problems: problems.list() };
}

const besideShape: Shape = { least: once(['gateway-fn GET /', 'gateway-fn GET', 'root-fn GET /']) };
/** What a gateway that waits with the faulty function exceeds by far, and 95 of 100 answers on a busy machine don't. */
const mostMs = 1_000;

/** What the gateway's other route did meanwhile. */
export function judgeBeside(results: readonly (Answer | Broken)[]): Judgement & { seen: string } {
  const good = results.filter(isAnswer).filter(({ status }) => status === 200);
  const times = good.map(({ ms }) => ms).sort((a, b) => a - b);
  const [p95, longest] = [0.95, 1].map(
    share => times[Math.ceil(times.length * share) - 1] ?? Number.POSITIVE_INFINITY,
  ) as [number, number];
  const failed = results.length - good.length;
  return {
    answered: good.map(({ traceId }) => ({ traceId, shape: besideShape })),
    problems: [
      ...(failed > 0 ? [`${failed} of ${results.length} requests beside it failed`] : []),
      ...(p95 > mostMs ? [`of 20 requests beside it, one took ${Math.round(p95)} ms`] : []),
      ...(longest > deadlineMs ? [`a request beside it took ${Math.round(longest)} ms`] : []),
    ],
    seen: `p95 beside it ${Math.round(p95)} ms`,
  };
}
