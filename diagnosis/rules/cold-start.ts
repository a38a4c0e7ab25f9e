import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { lengthOf } from '../sequence.ts';
import { isColdStart, isPlatform } from '../time-use.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** Processes that started for this request: how long it waited for them, and which part of that was the code's. */
export const coldStarts: Rule = ({ tree }) =>
  tree.nodes.filter(isColdStart).map(start => {
    const wait = platformWait(start);
    const all = wait === undefined ? lengthOf(start) : Math.max(lengthOf(wait), lengthOf(start));
    const platform = all - lengthOf(start);
    return {
      kind: 'cold-start',
      spans: [start, ...(wait === undefined ? [] : [wait]), ...start.children],
      title: `${start.service} started cold`,
      sentence: sentence(start, wait, platform),
      advice:
        platform > lengthOf(start)
          ? 'Most of it is the platform: keep one instance (min-scale 1), or make the image smaller and the probe faster.'
          : 'Most of it is the code: load less before listening, bundle it, or keep one instance (min-scale 1).',
      evidence: {
        ...Object.fromEntries(start.children.map(phase => [`${phase.name}Us`, lengthOf(phase)])),
        codeUs: lengthOf(start),
        platformUs: platform,
      },
      change: change(start, wait),
    };
  });

function sentence(start: SpanNode, wait: SpanNode | undefined, platform: number): string {
  const phases = start.children.map(phase => `${phase.name} ${formatDuration(lengthOf(phase))}`).join(', ');
  const code = `its own start took ${formatDuration(lengthOf(start))}${phases === '' ? '' : ` (${phases})`}`;
  if (wait === undefined) return `${start.service} started a process: ${code}.`;
  return `The request waited ${formatDuration(lengthOf(wait))} in ${nameOf(wait)} until ${start.service} was there: ${code}, the platform the other ${formatDuration(platform)}.`;
}

/** The platform's span in which the request waited for the process: it ran while the process started. */
function platformWait(start: SpanNode): SpanNode | undefined {
  for (let at = start.parent; at !== undefined; at = at.parent) {
    const waits = [at, ...at.children].filter(
      node =>
        isPlatform(node) &&
        /throttler_try/i.test(node.name) &&
        node.start < start.end &&
        node.end > start.start,
    );
    if (waits[0] !== undefined) return waits[0];
    if (at.kind === 'client') return undefined;
  }
  return undefined;
}

function change(start: SpanNode, wait: SpanNode | undefined): Observation['change'] {
  if (start.parent === undefined) return undefined;
  return {
    durations: new Map(
      wait === undefined
        ? [[start, 0]]
        : [
            [start, 0],
            [wait, 0],
          ],
    ),
  };
}
