import { awaitTrace, isWhole, request } from '../packages/traced/src/dev/await-trace.ts';
import type { JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';
import { type Route, routes } from './expected.ts';
import type { Running } from './running.ts';

const { signal } = new AbortController();

/** The trace store keeps a bounded number of bytes, so traces are fetched after as many turns as this. */
const batchSize = 20;

/** Sends requests to every route, all those to one at once: where each stalls for ten seconds, all do together. */
export async function warmUp(running: Running, count: number): Promise<void> {
  for (const route of Object.keys(routes) as Route[]) await askAtOnce(running, route, count);
}

async function askAtOnce({ gateway }: Running, route: Route, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => request(gateway + routes[route], signal)));
}

/**
 * Sends requests one after the other, in each turn to every one of the running stacks, so that whatever else this
 * machine does falls on all of them alike. All but the first stack are asked once before, as what was idle while the
 * first one stalled is slow to wake up; the first gets as many requests ahead, as code that has run less is slower.
 * Returns each one's traces, in the order of the requests.
 * @throws {Error} for a trace that does not arrive
 */
export async function sample(
  stacks: readonly Running[],
  route: Route,
  turns: number,
): Promise<JaegerTrace[][]> {
  const [first, ...others] = stacks;
  if (first !== undefined && others.length > 0) await askAtOnce(first, route, turns);
  const traces = stacks.map((): JaegerTrace[] => []);
  for (let done = 0; done < turns; done += batchSize) {
    const ids = stacks.map((): string[] => []);
    for (let turn = done; turn < Math.min(turns, done + batchSize); turn++) {
      for (const [at, running] of stacks.entries()) {
        if (at > 0) await traceIdOf(running, route);
        ids[at]?.push(await traceIdOf(running, route));
      }
    }
    for (const [at, running] of stacks.entries()) {
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
