import { waitOf } from '../../semantics/index.ts';
import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import { failureOf } from '../failures.ts';
import type { Observation } from '../findings.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/** What logs and failures say of a wait. */
const waiting = /\b(wait(ing|ed)? (for|on)|blocked (by|on|for)|queued|lock wait|lock timeout|deadlock)\b/i;
/** A log is looked at so far. */
const mostText = 120;

/**
 * Time in which the request waited for a lock, a semaphore or a full worker, as the span's name, its events or its
 * failure say.
 */
export const lockWaits: Rule = ({ tree, pathTime, claimed, durationOf }) => {
  const waits = tree.nodes.filter(node => {
    const time = pathTime.get(node) ?? 0;
    if (time < thresholds.wait.time || time < thresholds.wait.share * durationOf(node)) return false;
    return !claimed.has(node) && !node.ofPlatform && wordsOf(node) !== undefined;
  });
  return [...groupBy(waits, nameOf).values()].map(nodes => observation(nodes, pathTime));
};

/** In whose words it is a wait; empty where its name says so. */
function wordsOf(node: SpanNode): string | undefined {
  const { wait } = waitOf(node.name);
  if (wait === 'lock' || wait === 'worker') return '';
  for (const { fields } of node.span.logs ?? []) {
    for (const { value } of fields) {
      if (typeof value === 'string' && waiting.test(value)) return value.slice(0, mostText);
    }
  }
  const failure = node.failed ? failureOf(node) : '';
  return /\b(deadlock|lock wait|lock timeout|could not obtain lock)\b/i.test(failure)
    ? failure.slice(0, mostText)
    : undefined;
}

function observation(nodes: readonly SpanNode[], pathTime: ReadonlyMap<SpanNode, number>): Observation {
  const byTime = [...nodes].sort((a, b) => lengthOf(b) - lengthOf(a));
  const [first] = byTime as [SpanNode, ...SpanNode[]];
  const time = nodes.reduce((sum, node) => sum + (pathTime.get(node) ?? 0), 0);
  const words = wordsOf(first) ?? '';
  const says = words === '' ? 'Its name says that it waits' : `Its log says: "${words}"`;
  return {
    kind: 'lock-wait',
    certainty: 'likely',
    because: 'the span says that it waits, but not for how much of its time',
    spans: byTime,
    title: `${nameOf(first)} waits ${formatDuration(time)}`,
    sentence: `${nameOf(first)} takes ${formatDuration(time)} of the critical path${nodes.length === 1 ? '' : ` in ${nodes.length} spans`}. ${says}.`,
    advice:
      'Look for what has the lock or the worker meanwhile: make that shorter, or let more run in parallel.',
    evidence: { waitedUs: time, spans: nodes.length },
    change: { durations: new Map(byTime.map(node => [node, lengthOf(node) - (pathTime.get(node) ?? 0)])) },
    atMost: true,
  };
}
