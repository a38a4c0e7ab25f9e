import assert from 'node:assert/strict';
import { missing } from '../expected.ts';
import type { Run } from '../run.ts';
import type { Sent } from './traffic.ts';

/** A pod drains for up to a minute before it flushes its last spans. */
const withinMs = 120_000;

/** Every answered request has a trace with all spans that its functions made, whatever became of their pods. */
export async function lossless(run: Run, traffic: (run: Run) => Promise<Sent[]>): Promise<string> {
  const sent = await traffic(run);
  const answered = sent.filter(({ answer }) => answer?.status === 200);
  assert.ok(answered.length > 0, 'no request was answered');
  const lost: string[] = [];
  const waiting = [...answered];
  const reader = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { target, answer } = next;
      // Knative's own spans may well be lost, and are not counted.
      await run.jaeger
        .await(answer?.traceId ?? 'none', missing([target]), { withinMs, orphansToo: false })
        .catch(error => {
          lost.push(`${target}: ${error.message}`);
        });
    }
  };
  await Promise.all(Array.from({ length: 6 }, reader));
  const others = sent
    .filter(one => !answered.includes(one))
    .map(({ answer }) => answer?.status ?? 'no answer');
  const also =
    others.length === 0
      ? 'none failed'
      : `${others.length} not answered 200 (${[...new Set(others)].join(', ')})`;
  assert.equal(
    lost.length,
    0,
    `${lost.length} of ${answered.length} traces are not whole (${also})\n${lost.slice(0, 10).join('\n')}`,
  );
  return `${answered.length} answered, ${answered.length} whole traces; ${also}`;
}
