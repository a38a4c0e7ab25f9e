import assert from 'node:assert/strict';
import { edge, isKnative, missing, targets } from '../expected.ts';
import { succeed } from '../request.ts';
import type { Run } from '../run.ts';
import { serverSpans, spansOf } from '../trace.ts';

/** A warm request: the gateway's four edges, each through the activator or a queue-proxy, and what is below them. */
export async function edges({ gateway, jaeger }: Run): Promise<string> {
  await succeed(gateway, '/all');
  const { traceId } = await succeed(gateway, '/all');
  const spans = spansOf(await jaeger.await(traceId, missing(targets)));
  const found = new Set<string>();
  for (const target of targets) {
    const way = edge(spans, target);
    if (typeof way === 'string') throw new Error(way);
    const knative = way.between.filter(isKnative);
    assert.ok(knative.length > 0, `nothing of Knative is between the gateway and ${target}`);
    for (const { service, name } of knative) found.add(`${service} ${name}`);
  }
  const stored = serverSpans(spans, 'redis')[0]?.children ?? [];
  assert.ok(
    stored.some(
      ({ kind, tag }) => kind === 'client' && (tag('db.system') ?? tag('db.system.name')) === 'redis',
    ),
    'the function redis has no client span of a Redis command',
  );
  const first = spans.find(({ parent }) => parent === undefined);
  return `${spans.length} spans from ${first?.service} on; between the functions: ${[...found].sort().join(', ')}`;
}
