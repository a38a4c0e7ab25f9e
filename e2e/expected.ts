import type { JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';
import { ancestors, type Span, serverSpans, spansOf } from './trace.ts';

/** The exercise's four functions that the gateway calls, with their routes. */
export const routes = { root: '/', alpha: '/alpha', beta: '/beta', redis: '/redis' } as const;
export type Target = keyof typeof routes;
export const targets = Object.keys(routes) as Target[];

/** The spans that every request makes right below its function's server span, v1's and v2's: their names and number. */
const below: Partial<Record<Target, { names: string[]; count: number; what: string }>> = {
  alpha: { names: ['work'], count: 100, what: 'alpha’s 100 pieces of work' },
  redis: { names: ['set', 'expire'], count: 50, what: 'the commands for redis’ 50 keys' },
};

/** What a trace lacks of a request that the function answered. */
export const missingOf =
  (target: Target) =>
  (trace: JaegerTrace): string[] => {
    const server = serverSpans(spansOf(trace), target)[0];
    if (server === undefined) return [`${target}’s server span`];
    const { names = [], count = 0, what } = below[target] ?? {};
    const lacking = count - server.children.filter(({ name }) => names.includes(name)).length;
    return lacking === 0 ? [] : [`${lacking} of ${what}`];
  };

/** What a trace lacks of a request to the gateway that called these functions, each once, and was answered. */
export const missing =
  (called: readonly Target[]) =>
  (trace: JaegerTrace): string[] => {
    const there = serverSpans(spansOf(trace), 'gateway').length > 0;
    return [
      ...(there ? [] : ['the gateway’s server span']),
      ...called.flatMap(target => missingOf(target)(trace)),
    ];
  };

/** The client span of the gateway that a function's server span descends from, and what is between the two. */
export function edge(spans: readonly Span[], target: Target): { client: Span; between: Span[] } | string {
  const server = serverSpans(spans, target)[0];
  if (server === undefined) return `there is no server span of ${target}`;
  const between: Span[] = [];
  for (const above of ancestors(server)) {
    if (above.service === 'gateway-fn') {
      if (above.kind !== 'client')
        return `${target} hangs below the gateway’s ${above.kind} span ${above.name}`;
      return { client: above, between: between.reverse() };
    }
    between.push(above);
  }
  return `${target}’s server span does not descend from the gateway`;
}

/** Whether a span is the activator's or a queue-proxy's: Knative's own, between two functions. */
export const isKnative = ({ service, name }: Span): boolean =>
  !service.endsWith('-fn') && /activator|queue-?proxy|throttler|kn\./.test(`${service} ${name}`);
