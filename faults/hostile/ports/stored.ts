import { exchange } from '../connection.ts';
import { Markers, Random } from '../random.ts';
import { smuggledWord } from '../requests/smuggling.ts';
import { type Dialect, makeVolley } from '../requests/volley.ts';
import type { Backend } from './backend.ts';

const volleys = 150;

/** Spans that have ever been stored. */
async function everStored(backend: Backend): Promise<number> {
  const { spans, evictedSpans } = await backend.counters();
  return spans + evictedSpans;
}

async function services({ ports }: Backend): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${ports.query}/api/services`);
  return ((await answer.json()) as { data: string[] | null }).data ?? [];
}

/**
 * Sends more of the same, now that nobody else sends anything.
 * @returns what is wrong with what is stored, where it is not what was in the batches that were taken and nothing else
 */
export async function storedExactly(
  backend: Backend,
  port: number,
  dialect: Dialect,
  seed: string,
): Promise<string[]> {
  const random = new Random(`${seed}/stored`);
  const markers = new Markers();
  const before = await everStored(backend);
  let expected = 0;
  for (let left = volleys; left > 0; left--) {
    const volley = makeVolley({ ...dialect, shares: { broken: 0, damaged: 0 } }, random, markers);
    const { answers } = await exchange(port, volley);
    for (const [at, { status }] of answers.entries())
      if (status < 300) expected += volley.parts[at]?.spans?.() ?? 0;
  }
  const stored = (await everStored(backend)) - before;
  const problems = stored === expected ? [] : [`${stored} spans were stored of ${expected} that were taken`];
  if (expected === 0) problems.push('nothing was taken, so nothing is known');
  if ((await services(backend)).includes(smuggledWord)) problems.push('a smuggled request was stored');
  return problems;
}
