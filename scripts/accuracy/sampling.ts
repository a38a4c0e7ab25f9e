import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { awaitTrace, isWhole, request } from '../../local/first-trace.ts';
import { type Route, routes } from './expected.ts';
import type { Running } from './running.ts';

const { signal } = new AbortController();

/** The trace store keeps a bounded number of bytes, so traces are fetched after as many requests as this. */
const batchSize = 20;

/** Sends requests to every route until code is compiled, pages are cached and connections are there. */
export async function warmUp(running: Running, requests: Readonly<Record<Route, number>>): Promise<void> {
  for (const [route, count] of Object.entries(requests) as [Route, number][]) {
    for (let i = 0; i < count; i++) await request(running.gateway + routes[route], signal);
  }
}

/**
 * Sends requests one after the other, each to every one of the running stacks in turn, so that whatever else this
 * machine does falls on all of them alike. Returns each one's traces, in the order of the requests.
 * @throws {Error} for a trace that does not arrive
 */
export async function sample(
  running: readonly Running[],
  route: Route,
  count: number,
): Promise<JaegerTrace[][]> {
  const traces = running.map((): JaegerTrace[] => []);
  for (let done = 0; done < count; done += batchSize) {
    const ids = running.map((): string[] => []);
    for (let i = done; i < Math.min(count, done + batchSize); i++) {
      for (const [at, each] of running.entries()) ids[at]?.push(await traceIdOf(each, route));
    }
    for (const [at, each] of running.entries()) {
      traces[at]?.push(...(await Promise.all((ids[at] ?? []).map(id => wholeTrace(each, id)))));
    }
  }
  return traces;
}

async function traceIdOf({ gateway }: Running, route: Route): Promise<string> {
  const { traceId, status } = await request(gateway + routes[route], signal);
  if (traceId === undefined) throw new Error(`GET ${routes[route]}: ${status}, without a trace's id`);
  return traceId;
}

async function wholeTrace({ readTrace }: Running, id: string): Promise<JaegerTrace> {
  const trace = await awaitTrace(id, { read: readTrace, signal });
  if (trace === undefined || !isWhole(trace)) throw new Error(`trace ${id} has not arrived whole`);
  return trace;
}
