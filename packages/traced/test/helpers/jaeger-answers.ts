/** What two trace backends answer, compared. */
import type { ExecutionContext } from 'ava';
import type { JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { getJson, type Target } from './trace-backend.ts';

/** Where traces are asked for by id. */
export function tracePaths(ids: string[]): string[] {
  // A trace that is asked for in two spellings is in Jaeger's response twice; in ours once (hostile-input.ts).
  const distinct = new Map(ids.map(id => [BigInt(`0x${id}`), id]));
  const repeated = [...distinct.values()].map(id => `traceID=${id}`).join('&');
  return [
    ...ids.flatMap(id => [`/api/traces/${id}`, `/api/traces/${id}?raw=true`]),
    `/api/traces?${repeated}`,
  ];
}

/** Where services, operations, traces and calls of a service are searched for. */
export function searchPaths(service: string): string[] {
  const search = `/api/traces?service=${service}`;
  const tags = encodeURIComponent(JSON.stringify({ error: 'true', text: 'a <b> & "c" \u{1f600}' }));
  return [
    `/api/services/${service}/operations`,
    `/api/operations?service=${service}`,
    `/api/operations?service=${service}&spanKind=server`,
    `/api/operations?service=${service}&spanKind=client`,
    search,
    `${search}&operation=GET%20%2Fall`,
    `${search}&limit=1`,
    `${search}&limit=0`,
    `${search}&lookback=1h`,
    `${search}&minDuration=1.2ms`,
    `${search}&minDuration=121ms&maxDuration=1m`,
    `${search}&maxDuration=5us`,
    `${search}&start=${(Date.now() - 62_000) * 1_000}&end=${Date.now() * 1_000}`,
    `${search}&end=${(Date.now() - 3_600_000) * 1_000}`,
    `${search}&tag=float:1.5`,
    `${search}&tag=tiny:1e-09`,
    `${search}&tag=huge:1.23456789e%2B13`,
    `${search}&tag=huge:12345678901234`,
    `${search}&tag=event:cache.miss`,
    `${search}&tag=key:page&tag=int:42`,
    `${search}&tag=service.version:2`,
    `${search}&tag=negative:8`,
    `${search}&tags=${tags}`,
    `/api/dependencies?endTs=${Date.now()}&lookback=3600000&service=${service}`,
  ];
}

/** Asserts that both answer each path the same, in all that is not random in Jaeger. */
export async function sameAnswers(
  t: ExecutionContext,
  { ours, jaeger }: { ours: Target; jaeger: Target },
  paths: string[],
): Promise<void> {
  for (const path of paths) {
    const expected = await settled(jaeger, path, ours);
    t.deepEqual(normalised(await getJson<unknown>(ours, path)), expected, path);
  }
}

// Jaeger stores what it received by a queue: its answer counts once it is ours, or after two seconds.
async function settled(jaeger: Target, path: string, ours: Target): Promise<unknown> {
  const own = JSON.stringify(normalised(await getJson<unknown>(ours, path)));
  const deadline = Date.now() + 2_000;
  for (;;) {
    const answer = normalised(await getJson<unknown>(jaeger, path));
    if (JSON.stringify(answer) === own || Date.now() > deadline) return answer;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

// Jaeger gives traces, spans, services, operations and links in the order of a Go map, which is random, and
// numbers the processes in the order of the spans.
function normalised(answer: { status: number; type: string; body: { data: unknown } }): unknown {
  const { data } = answer.body;
  if (!Array.isArray(data)) return answer;
  const sorted = data.map(item => (isTrace(item) ? normalisedTrace(item) : item)).sort(byContent);
  return { ...answer, body: { ...answer.body, data: sorted } };
}

function isTrace(item: unknown): item is JaegerTrace {
  return typeof item === 'object' && item !== null && 'spans' in item;
}

function normalisedTrace({ processes, ...rest }: JaegerTrace): unknown {
  const spans = rest.spans.map(({ processID, ...span }) => ({ ...span, process: processes[processID] }));
  return { ...rest, spans: spans.sort(byContent), processCount: Object.keys(processes).length };
}

function byContent(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
