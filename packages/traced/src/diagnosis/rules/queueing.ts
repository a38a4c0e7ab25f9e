import { isActivatorWait } from '../../semantics/index.ts';
import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { answererOf, isWait } from '../platform.ts';
import { groupBy } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/**
 * Time in which the request stood in the activator's or a queue-proxy's queue. Where no instance took it before its
 * caller gave up, and none of the function's is seen in the trace, the activator waited for one to start.
 */
export const queueing: Rule = ({ tree, path, claimed }) => {
  const sections = path.filter(({ node }) => isWait(node) && !claimed.has(node));
  // The activator's spans are named alike for all functions.
  const alike = groupBy(sections, ({ node }) => JSON.stringify([nameOf(node), answererOf(node)]));
  return [...alike.values()].flatMap(waits => {
    const waited = waits.reduce((sum, { start, end }) => sum + end - start, 0);
    if (waited < thresholds.wait.time) return [];
    const nodes = [...new Set(waits.map(section => section.node))];
    const [node] = nodes as [SpanNode, ...SpanNode[]];
    const evidence = { for: answererOf(node), waitedUs: waited, spans: waits.length };
    const isCold = waited >= thresholds.coldStart.unseen && nodes.every(each => isCutOff(each, tree.nodes));
    return [{ spans: nodes, evidence, change: { idle: waits }, ...(isCold ? cutOff : queued)(node, waited) }];
  });
};

type Words = Omit<Observation, 'spans' | 'evidence' | 'change'>;

function queued(node: SpanNode, waited: number): Words {
  const [service, time] = [answererOf(node), formatDuration(waited)];
  return {
    kind: 'queueing',
    certainty: 'measured',
    because: 'the platform’s span is the wait itself',
    title: `${time} in the queue for ${service}`,
    sentence: `The request waited ${time} in ${nameOf(node)} for a free place in ${service}: each instance had as many requests as it may, or was not up yet.`,
    advice:
      'Allow more instances (max-scale, min-scale) or more requests in parallel in each (containerConcurrency).',
  };
}

function cutOff(node: SpanNode, waited: number): Words {
  const [service, time] = [answererOf(node), formatDuration(waited)];
  return {
    kind: 'cold-start',
    certainty: 'likely',
    because: 'the activator waits where no instance is ready; nothing of the function is in the trace',
    title: `${service} did not start in ${time}`,
    sentence: `The request waited ${time} in ${nameOf(node)} for an instance of ${service}, until its caller’s deadline ended it: none was ready.`,
    advice: `Keep one instance (min-scale 1), make ${service} start faster, or give the caller a longer deadline.`,
  };
}

/** Whether an activator's wait ended without any instance, where the trace has no span of the function's either. */
function isCutOff(wait: SpanNode, nodes: readonly SpanNode[]): boolean {
  if (!isActivatorWait(wait.name)) return false;
  const call = wait.parent ?? wait;
  if (call.children.some(child => child !== wait && child.start >= wait.end - 1)) return false;
  const service = answererOf(wait);
  return !nodes.some(node => node.kind === 'server' && !node.ofPlatform && node.service === service);
}
