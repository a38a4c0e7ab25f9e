import assert from 'node:assert/strict';
import { missing } from '../expected.ts';
import { succeed } from '../request.ts';
import type { Run } from '../run.ts';
import { serverSpans, spansOf } from '../trace.ts';

const requests = 60;
/** Four standard deviations around a half: a fair split fails once in some 16,000 times. */
const allowed = 4 * Math.sqrt(requests / 4);

/** Sends the requests, six at a time, and resolves with their traces' ids. */
async function send({ gateway }: Run): Promise<string[]> {
  const traceIds: string[] = [];
  let left = requests;
  const client = async () => {
    while (left-- > 0) traceIds.push((await succeed(gateway, '/')).traceId);
  };
  await Promise.all(Array.from({ length: 6 }, client));
  return traceIds;
}

/** Which revisions of the gateway and of root answer, and how often. */
export async function split(run: Run): Promise<string> {
  const counts: Record<string, number> = {};
  for (const traceId of await send(run)) {
    const spans = spansOf(await run.jaeger.await(traceId, missing(['root'])));
    for (const name of ['gateway', 'root']) {
      const revision = serverSpans(spans, name)[0]?.revision ?? '';
      counts[revision] = (counts[revision] ?? 0) + 1;
    }
  }
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
