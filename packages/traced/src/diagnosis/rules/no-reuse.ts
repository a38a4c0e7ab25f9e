import { addressOf, callName, isConnect, nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { withoutCalls } from '../removal.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/** What could have been kept and was made anew: the response to a cacheable GET, or a connection. */
export const noReuse: Rule = context => {
  const first = firstRequests(context.tree.nodes);
  const calls = context.tree.nodes.filter(
    node =>
      node.kind === 'client' && !node.failed && !context.claimed.has(node) && first[node.place] !== 'true',
  );
  const repeated = repeatedGets(calls);
  const known = new Set(repeated.flatMap(({ spans }) => spans));
  const rest = calls.filter(node => !known.has(node));
  const anew = rest.flatMap(node => {
    if (cacheableFor(node) === 0 || isStored(node) || context.baseline?.isRefresh(node)) return [];
    const isRepeated = context.baseline?.isRepeated(node) === true;
    const isFresh = node.semantics.facts.connectionReused === 'false';
    return isRepeated || isFresh ? [cacheableGet(node, isRepeated, isFresh)] : [];
  });
  // A pool that grows makes a connection now and then: it is a flaw where nothing else can be the reason.
  const needless = rest.filter(isConnect).flatMap(node => {
    if (first[node.place] === 'false')
      return connection(node, 'the process had served requests before and could have kept one');
    return context.baseline?.isCommon(node)
      ? connection(node, 'most other requests open one, too, so none is kept')
      : [];
  });
  return [...repeated, ...anew, ...needless];
};

/**
 * Whether the request that a span belongs to is the first of its process, as its server span says: `true`, `false`, or
 * empty; by the places of the spans. A first request must make what later ones may reuse.
 */
function firstRequests(nodes: readonly SpanNode[]): string[] {
  const first: string[] = [];
  for (const { kind, parent, semantics } of nodes) {
    const isAsked = kind === 'server' || parent === undefined;
    first.push(isAsked ? semantics.facts.coldStart : (first[parent.place] ?? ''));
  }
  return first;
}

/** Seconds for which the response to a GET may be kept (RFC 9111); 0 for what may not, or does not say. */
export function cacheableFor({ semantics: { facts } }: SpanNode): number {
  const { cacheControl: control } = facts;
  if (control === '' || facts.httpMethod !== 'GET') return 0;
  if (Number(facts.httpStatus) !== 200 || /no-store|no-cache|private/i.test(control)) return 0;
  return Number(/(?:s-maxage|max-age)\D{0,3}(\d+)/i.exec(control)?.[1] ?? 0);
}

const isStored = ({ semantics }: SpanNode): boolean => semantics.facts.responseStored === 'true';

export const urlOf = ({ semantics }: SpanNode): string => semantics.facts.url;

/** The same GET more than once in one trace, be it by different services, by nobody who keeps its response. */
function repeatedGets(calls: readonly SpanNode[]): Observation[] {
  const cacheable = calls.filter(node => cacheableFor(node) > 0 && urlOf(node) !== '' && !isStored(node));
  const alike = groupBy(cacheable, urlOf);
  return [...alike.values()].flatMap(gets => {
    const again = gets.slice(1);
    const [first] = gets;
    if (first === undefined || again.length === 0) return [];
    return [
      {
        kind: 'no-reuse',
        certainty: 'measured',
        because: 'the responses say that they may be kept',
        spans: [...again, first],
        title: `${callName(first)} asked ${gets.length} times`,
        sentence: `${servicesOf(gets)} the same ${callName(first)} ${gets.length} times in this request, though its response may be kept for ${cacheableFor(first)} s.`,
        advice: 'Ask once and share the response.',
        evidence: { calls: gets.length, cacheableSeconds: cacheableFor(first) },
        change: withoutCalls(again),
      },
    ];
  });
}

function servicesOf(gets: readonly SpanNode[]): string {
  const services = [...new Set(gets.map(({ service }) => service))];
  return services.length === 1 ? `${services[0]} sends` : `${services.join(' and ')} send`;
}

function cacheableGet(node: SpanNode, isRepeated: boolean, isFresh: boolean): Observation {
  const seconds = cacheableFor(node);
  const proof = isRepeated ? ' Other requests had sent the same shortly before.' : '';
  const fresh = isFresh ? ' on a connection made for it' : '';
  return {
    kind: 'no-reuse',
    certainty: isRepeated ? 'measured' : 'likely',
    because: isRepeated
      ? 'other requests had sent the same, and the response may be kept'
      : 'the response may be kept, and the connection was new',
    spans: [node],
    title: `${callName(node)} is not kept`,
    sentence: `${nameOf(node)} took ${formatDuration(lengthOf(node))}${fresh}, though its response may be kept for ${seconds} s (Cache-Control).${proof}`,
    advice:
      'Keep the response for as long as it allows, share it between requests, and keep the connection open.',
    evidence: {
      cacheableSeconds: seconds,
      connectionReused: node.semantics.facts.connectionReused === 'true',
      repeated: isRepeated,
      url: urlOf(node),
    },
    change: withoutCalls([node]),
  };
}

function connection(node: SpanNode, why: string): Observation {
  const address = addressOf(node);
  return {
    kind: 'no-reuse',
    certainty: 'likely',
    because: 'a pool that grows opens a connection now and then, too',
    spans: [node],
    title: `A connection${address === '' ? '' : ` to ${address}`} made for this request`,
    sentence: `${nameOf(node)} opened a connection, which took ${formatDuration(lengthOf(node))}; ${why}.`,
    advice: 'Keep one connection open, or a pool of them, and use it for every request.',
    evidence: { address, connectUs: lengthOf(node) },
    change: withoutCalls([node]),
  };
}
