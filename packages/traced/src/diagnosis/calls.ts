/** What a span calls, and what calls are alike. */
import {
  type Effect,
  addressOf as factsAddress,
  memoize,
  pathOf,
  statementShape,
  urlParts,
  withoutNumbers,
} from '../semantics/index.ts';
import { answererOf } from './platform.ts';
import type { SpanNode } from './tree.ts';

export const isDatabase = ({ semantics }: SpanNode): boolean => semantics.target === 'database';

/** The path of the URL that an HTTP client span asked, without host and query; empty where it does not say. */
const urlPath = ({ semantics }: SpanNode): string => pathOf(semantics.facts);

/**
 * The same for spans of one service that do the same. Many instrumentations name all calls or requests alike, such as
 * `GET`: what they ask, or are asked, tells them apart.
 */
export function operationOf(node: SpanNode): string {
  if (node.kind === 'client') return operationKey(node);
  const name = withoutNumbers(node.name);
  if (node.kind !== 'server' || name.includes('/')) return name;
  return `${name} ${node.semantics.facts.route || withoutNumbers(urlPath(node))}`;
}

/** Host and port, as far as they are given. */
export const addressOf = ({ semantics }: SpanNode): string => factsAddress(semantics.facts);

/** Equal for calls of one kind to the same other side, whatever they ask of it. */
export function dependencyKey(node: SpanNode): string {
  const { databaseOperation, rpcMethod, httpMethod } = node.semantics.facts;
  const parts = [
    node.service,
    withoutNumbers(node.name),
    databaseOperation || rpcMethod || httpMethod,
    // Of several instances, each has an address of its own.
    answererName(node) ?? withoutNumbers(addressOf(node)),
    withoutNumbers(urlPath(node)),
  ];
  return JSON.stringify(parts);
}

/** Equal for calls that do the same to the same other side, whatever the ids in them are. */
export function operationKey(node: SpanNode): string {
  node.operationKey ??= shared(`${dependencyKey(node)} ${statementShape(node.semantics.facts)}`);
  return node.operationKey;
}

/** One text for all that are equal, rather than one for each of many spans. */
const shared = memoize(text => text);

/** Whether the span is no more than the opening of a connection, which was opened; a pool's `connect` only hands one out. */
export const isConnect = ({ name, failed, children }: SpanNode): boolean =>
  /(^|[ .])connect$/i.test(name) && !/pool/i.test(name) && children.length === 0 && !failed;

/** The service that answered a call, as its own span says. */
export function answeredBy(call: SpanNode): SpanNode | undefined {
  return call.children.find(({ kind, service }) => kind === 'server' || service !== call.service);
}

/** The service that a call is for, whichever of the platform's took it first. */
function answererName(call: SpanNode): string | undefined {
  const answerer = answeredBy(call);
  return answerer?.ofPlatform === true ? answererOf(answerer) : answerer?.service;
}

/** µs of its own that a wrapper may take, however short the call in it. */
const mostWrapping = 1_000;
/** So many wrappers around each other are looked into. */
const mostWrappers = 5;

/**
 * The client span that a child of a span is, or that it does hardly anything but wait for: a wrapper such as
 * `getDriver > redis GET`.
 */
export function callIn(child: SpanNode): SpanNode | undefined {
  let node = child;
  for (
    let depth = 0;
    depth < mostWrappers && node.kind === 'internal' && node.children.length === 1;
    depth++
  ) {
    const [only] = node.children as [SpanNode];
    const own = node.end - node.start - (only.end - only.start);
    if (own > Math.max(mostWrapping, 0.2 * (node.end - node.start))) return undefined;
    node = only;
  }
  return node.kind === 'client' ? node : undefined;
}

/** A span as a person would name it: `alpha-fn work`. */
export const nameOf = ({ service, name }: SpanNode): string => `${service} ${name}`;

/**
 * The name of what a call asks, with as much of its target as the name does not tell: `GET /search`, `set`,
 * `GET to root-fn`.
 */
export function callName(call: SpanNode): string {
  const answerer = answererName(call);
  if (answerer !== undefined) return `${call.name} to ${answerer}`;
  const path = urlPath(call);
  return path !== '' && !call.name.includes('/') ? `${call.name} ${path}` : call.name;
}

/** So many spans of what a call's other side does are looked at. */
const mostBelow = 50;

/**
 * Whether the call reads or writes. Where its method does not say, as an RPC's or a POST's may not, what its other
 * side asks of databases does.
 */
export function effectOfCall(call: SpanNode): Effect {
  const { effect, target } = call.semantics;
  if (effect === 'read' || target === 'database') return effect;
  const method = call.semantics.facts.httpMethod;
  if (effect === 'write' && method !== '' && method !== 'POST') return effect;
  const server = answeredBy(call);
  if (server === undefined) return effect;
  const waiting = [server];
  let reads = 0;
  for (let i = 0; i < waiting.length; i++) {
    const node = waiting[i] as SpanNode;
    if (node.kind === 'producer') return effect;
    if (node.kind === 'client' && isDatabase(node)) {
      if (node.semantics.effect !== 'read') return effect;
      reads++;
    }
    if (waiting.length + node.children.length > mostBelow) return effect;
    waiting.push(...node.children);
  }
  return reads > 0 ? 'read' : effect;
}

/** Parameters by which one page after the other is asked for. */
const paging =
  /^(cursor|page(_?(token|number|num|index|no))?|offset|after|before|next(_?token)?|start(_?(at|key|index|after))?|skip|continuation(_?token)?|marker|scroll(_?id)?|since|last(_?id)?)$/i;

/** Whether calls ask for one page after the other: where each begins, the one before it says. */
export function isPaging(calls: readonly SpanNode[]): boolean {
  const seen = new Map<string, string>();
  for (const { semantics } of calls.slice(0, mostBelow)) {
    // From where the last page ended (keyset), or by an offset.
    if (/\blimit\b/i.test(semantics.facts.statement) && /\boffset\b|>/i.test(semantics.facts.statement))
      return true;
    for (const [key, value] of urlParts(semantics.facts).parameters) {
      if (!paging.test(key)) continue;
      const before = seen.get(key);
      if (before !== undefined && before !== value) return true;
      seen.set(key, value);
    }
  }
  return false;
}

/** What opens or ends a transaction, or sets up a connection. */
const control =
  /^\s*(begin|start transaction|commit|rollback|savepoint|release savepoint|set |ping|auth|select \$?1\s*;?$|connect|client)/i;

/** Whether a call to a database asks nothing of its data. */
export const isControl = ({ semantics, name }: SpanNode): boolean => {
  const { statement, databaseOperation } = semantics.facts;
  return control.test(statement || databaseOperation || name) && !/^set\b/i.test(name);
};
