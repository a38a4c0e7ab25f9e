import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { awaitTrace, isWhole, request } from '../../local/first-trace.ts';
import { type Route, routes } from './expected.ts';
import type { Running } from './running.ts';

const { signal } = new AbortController();

/** The trace store keeps a bounded number of bytes, so traces are fetched after as many turns as this. */
const batchSize = 20;

/** Sends requests to every route, all those to one at once: where each stalls for ten seconds, all do together. */
export async function warmUp(running: Running, count: number): Promise<void> {
  for (const path of Object.values(routes)) {
    const requests = Array.from({ length: count }, () => request(running.gateway + path, signal));
    await Promise.all(requests);
  }
}

/** Who is asked, and how often in each turn. */
export interface Asked {
  running: Running;
  perTurn: number;
}

/**
 * Sends requests one after the other, in each turn to every one of the running stacks, so that whatever else this
 * machine does falls on all of them alike. Returns each one's traces, in the order of the requests.
 * @throws {Error} for a trace that does not arrive
 */
export async function sample(asked: readonly Asked[], route: Route, turns: number): Promise<JaegerTrace[][]> {
  const traces = asked.map((): JaegerTrace[] => []);
  for (let done = 0; done < turns; done += batchSize) {
    const ids = asked.map((): string[] => []);
    for (let turn = done; turn < Math.min(turns, done + batchSize); turn++) {
      for (const [at, { running, perTurn }] of asked.entries()) {
        for (let i = 0; i < perTurn; i++) ids[at]?.push(await traceIdOf(running, route));
      }
    }
    for (const [at, { running }] of asked.entries()) {
      traces[at]?.push(...(await Promise.all((ids[at] ?? []).map(id => wholeTrace(running, id)))));
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
