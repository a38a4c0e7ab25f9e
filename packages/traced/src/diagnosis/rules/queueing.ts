import { nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import { answererOf, isWait } from '../platform.ts';
import { groupBy } from '../sequence.ts';
import type { Rule } from './index.ts';

/** µs; a wait for nobody is over in less than one, and a busy machine makes it some ms. */
const least = 20_000;

/** Time in which the request stood in the activator's or a queue-proxy's queue, with nobody starting cold. */
export const queueing: Rule = ({ path, claimed }) => {
  const sections = path.filter(({ node }) => isWait(node) && !claimed.has(node));
  // The activator's spans are named alike for all functions.
  const alike = groupBy(sections, ({ node }) => JSON.stringify([nameOf(node), answererOf(node)]));
  return [...alike.values()].flatMap(waits => {
    const waited = waits.reduce((sum, { start, end }) => sum + end - start, 0);
    if (waited < least) return [];
    const [{ node }] = waits as [PathSection, ...PathSection[]];
    const service = answererOf(node);
    const time = formatDuration(waited);
    return [
      {
        kind: 'queueing',
        spans: [...new Set(waits.map(section => section.node))],
        title: `${time} in the queue for ${service}`,
        sentence: `The request waited ${time} in ${nameOf(node)} for a free place in ${service}: each instance had as many requests as it may, or was not up yet.`,
        advice:
          'Allow more instances (max-scale, min-scale) or more requests at once in each (containerConcurrency).',
        evidence: { for: service, waitedUs: waited, spans: waits.length },
        change: { idle: waits },
      },
    ];
  });
};
