/** What a span calls: read from OpenTelemetry's attributes, the older names of them, and OpenTracing's tags. */
import { answererOf } from './platform.ts';
import { remembered } from './remembered.ts';
import { tagText } from './tags.ts';
import type { SpanNode } from './tree.ts';

/** Numbers, uuids and long hexadecimal ids, which tell two calls of one kind apart. */
const ids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,}|\d+/gi;

/** The same text for names that differ only in numbers. */
export const withoutNumbers = remembered(text => text.replaceAll(ids, '#'));

export const isDatabase = ({ span }: SpanNode): boolean =>
  tagText(span, 'db.system.name', 'db.system', 'db.type', 'db.statement', 'db.query.text') !== '';

function parsed(url: string): URL | undefined {
  const base = 'http://unknown';
  return url !== '' && URL.canParse(url, base) ? new URL(url, base) : undefined;
}

const pathOf = remembered(url => parsed(url)?.pathname ?? '');

/** The path of the URL that an HTTP client span asked, without host and query; empty where it does not say. */
function urlPath(node: SpanNode): string {
  return pathOf(tagText(node.span, 'url.full', 'http.url', 'http.target', 'url.path'));
}

/**
 * The same for spans of one service that do the same. Many instrumentations name all calls or requests alike, such as
 * `GET`: what they ask, or are asked, tells them apart.
 */
export function operationOf(node: SpanNode): string {
  if (node.kind === 'client') return operationKey(node);
  const name = withoutNumbers(node.name);
  if (node.kind !== 'server' || name.includes('/')) return name;
  return `${name} ${tagText(node.span, 'http.route') || withoutNumbers(urlPath(node))}`;
}

/** Host and port, as far as they are given. */
export function addressOf({ span }: SpanNode): string {
  const host = tagText(
    span,
    'server.address',
    'net.peer.name',
    'peer.hostname',
    'net.sock.peer.addr',
    'peer.service',
  );
  const port = tagText(span, 'server.port', 'net.peer.port', 'peer.port');
  if (host !== '') return port === '' ? host : `${host}:${port}`;
  return parsed(tagText(span, 'url.full', 'http.url'))?.host ?? '';
}

/** Equal for calls of one kind to the same other side, whatever they ask of it. */
export function dependencyKey(node: SpanNode): string {
  const operation = tagText(
    node.span,
    'db.operation.name',
    'db.operation',
    'rpc.method',
    'http.request.method',
    'http.method',
  );
  const parts = [
    node.service,
    withoutNumbers(node.name),
    operation,
    // Of several instances, each has an address of its own.
    answeredBy(node)?.service ?? withoutNumbers(addressOf(node)),
    withoutNumbers(urlPath(node)),
  ];
  return JSON.stringify(parts);
}

/** Equal for calls that do the same to the same other side, whatever the ids in them are. */
export function operationKey(node: SpanNode): string {
  node.operationKey ??= shared(`${dependencyKey(node)} ${queryShape(node)}`);
  return node.operationKey;
}

/** One text for all that are equal, rather than one for each of many spans. */
const shared = remembered(text => text);

/** A list of values, as it stands behind IN or VALUES. */
const values = /\((?:\s*(?:[?#]|[$:@]\w+)\s*,?)+\)/g;

/**
 * A query without its values. Many instrumentations name all queries of a database alike; that a page needs five of
 * them is no N+1.
 */
function queryShape({ span }: SpanNode): string {
  const summary = tagText(span, 'db.query.summary');
  if (summary !== '') return withoutNumbers(summary);
  const table = tagText(span, 'db.collection.name', 'db.mongodb.collection', 'db.sql.table');
  const query = tagText(span, 'db.query.text', 'db.statement').slice(0, 500);
  // What is no SQL has its values, or its keys, anywhere.
  const isSql = /^\s*(select|insert|update|delete|with|merge|call|replace)\s/i.test(query);
  if (!isSql) return `${table} ${/^\w*/.exec(query)?.[0] ?? ''}`;
  return `${table} ${withoutNumbers(query.replaceAll(/'[^']*'/g, '?')).replaceAll(values, '(?)')}`;
}

/** Whether the span is no more than the opening of a connection, which was opened; a pool's `connect` only hands one out. */
export const isConnect = ({ name, failed, children }: SpanNode): boolean =>
  /(^|[ .])connect$/i.test(name) && !/pool/i.test(name) && children.length === 0 && !failed;

/** The service that answered a call, as its own span says. */
export function answeredBy(call: SpanNode): SpanNode | undefined {
  return call.children.find(({ kind, service }) => kind === 'server' || service !== call.service);
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
  const answerer = answeredBy(call);
  if (answerer !== undefined) {
    return `${call.name} to ${answerer.ofPlatform ? answererOf(answerer) : answerer.service}`;
  }
  const path = urlPath(call);
  return path !== '' && !call.name.includes('/') ? `${call.name} ${path}` : call.name;
}
