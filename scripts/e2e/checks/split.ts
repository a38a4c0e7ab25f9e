import assert from 'node:assert/strict';
import { missing } from '../expected.ts';
import { succeed } from '../request.ts';
import type { Run } from '../run.ts';
import { serverSpans, spansOf } from '../trace.ts';

const requests = 60;
/** Four standard deviations around a half: a fair split fails once in some 16,000 times. */
const allowed = 4 * Math.sqrt(requests / 4);

/** Which revisions answered a request, of the gateway and of root. */
async function revisions({ gateway, jaeger }: Run): Promise<string[]> {
  const { traceId } = await succeed(gateway, '/');
  const spans = spansOf(await jaeger.await(traceId, missing(['root'])));
  return ['gateway', 'root'].map(name => serverSpans(spans, name)[0]?.revision ?? '');
}

export async function split(run: Run): Promise<string> {
  const counts: Record<string, number> = {};
  let left = requests;
  const client = async () => {
    while (left-- > 0)
      for (const revision of await revisions(run)) counts[revision] = (counts[revision] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: 6 }, client));
  const tally = Object.entries(counts)
    .sort()
    .map(([revision, count]) => `${revision} ${count}`)
    .join(', ');
  for (const name of ['gateway', 'root']) {
    const [first = 0, second = 0] = [counts[`${name}-v1`], counts[`${name}-v2`]];
    assert.equal(first + second, requests, `only ${name}-v1 and ${name}-v2 answer: ${tally}`);
    assert.ok(Math.abs(first - requests / 2) <= allowed, `not in halves: ${tally}`);
  }
  return `of ${requests} requests ${tally}`;
}
