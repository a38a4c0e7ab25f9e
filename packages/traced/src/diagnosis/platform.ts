/** Knative's own spans around a function's: its ingress's, its activator's, its queue-proxies'. */
import {
  isActivatorWait,
  isInstanceWait,
  isPlatformSpan,
  isProcessStart,
  isQueueProxy,
} from '../semantics/index.ts';
import type { PathSection } from './critical-path.ts';
import { thresholds } from './thresholds.ts';
import type { SpanNode } from './tree.ts';

type Times = Pick<SpanNode, 'start' | 'end'>;

/** Whether the span is Knative's. A queue-proxy sends its spans under the name of the Service that it stands before. */
export function isOfPlatform(node: SpanNode): boolean {
  const { parent, kind, children } = node;
  if (isPlatformSpan(node) || (parent !== undefined && isQueueProxyOf(parent, node))) return true;
  return kind === 'server' && children.slice(0, nearby).some(child => isQueueProxyOf(child, node));
}

const isQueueProxyOf = (near: SpanNode, { span }: SpanNode): boolean =>
  near.span.processID === span.processID && isQueueProxy(near.name);

/** Whether the span is no more than the wait for a process that may take the request. */
export const isWait = (node: SpanNode): boolean => isInstanceWait(node);

/** Whether a queue-proxy said no at once: it had as many requests waiting as it may. */
export function isTurnedAway(node: SpanNode): boolean {
  if (!node.failed || !node.ofPlatform) return false;
  const passedTo = node.children.find(({ name }) => isQueueProxy(name))?.children ?? [];
  return passedTo.length > 0 && passedTo.every(child => isWait(child) && child.end - child.start < atOnce);
}

/** µs; who was let wait, and then turned away, waited until a limit of some seconds. */
const atOnce = 100_000;

/** Whether the span is a process's start, or a phase of it. */
export const isColdStart = (node: SpanNode): boolean => isProcessStart(node);

/** Whether the request is the first of its process. */
export const isFirstOfProcess = ({ semantics }: SpanNode): boolean => semantics.isFirstOfProcess;

/** The service that a span of Knative's is there for: by its own span or, where it has none, by its queue-proxy's. */
export function answererOf(platform: SpanNode): string {
  const around = firstBelow(isWait(platform) ? (platform.parent ?? platform) : platform);
  const server = around.find(node => node.kind === 'server' && !node.ofPlatform);
  const other =
    server ??
    around.find(node => !isPlatformSpan({ name: '', service: node.service, semantics: node.semantics }));
  if (other !== undefined) return other.service;
  const names = [...around, ...platformAbove(platform)].map(
    ({ semantics }) => semantics.facts.knativeService,
  );
  return names.find(name => name !== '') ?? 'the function';
}

/** The activator's wait for a process that may answer, of the request that a function's server span answers. */
export function waitBefore(server: SpanNode): SpanNode | undefined {
  return platformAbove(server)
    .flatMap(node => [node, ...node.children.slice(0, nearby)])
    .find(({ name }) => isActivatorWait(name));
}

/** Knative makes some ten spans on the way to a function; who makes thousands is not to be searched for each of them. */
const nearby = 50;

/** The node and what is below it, in the order of a waterfall. */
function firstBelow(node: SpanNode): SpanNode[] {
  const found: SpanNode[] = [];
  const waiting = [node];
  for (let at = waiting.pop(); at !== undefined && found.length < nearby; at = waiting.pop()) {
    found.push(at);
    waiting.push(...at.children.slice(0, nearby).reverse());
  }
  return found;
}

/** Knative's spans between this one and the call that it is for, the nearest first. */
function platformAbove(node: SpanNode): SpanNode[] {
  const found: SpanNode[] = [];
  for (let at = node.parent; at?.ofPlatform && found.length < nearby; at = at.parent) found.push(at);
  return found;
}

/** A process that started for the request: the activator's wait for it, its start, or both, as far as they have spans. */
export interface ColdStart {
  /** The process's first server span. */
  server: SpanNode;
  start: SpanNode | undefined;
  wait: SpanNode | undefined;
  /** Where the platform has no spans: the caller's time before the answer began, in which the process started. */
  call: PathSection | undefined;
}

export function coldStartsIn(nodes: readonly SpanNode[]): ColdStart[] {
  const found: ColdStart[] = [];
  for (const server of nodes) {
    const start = server.children.find(isColdStart);
    const isFirst = server.kind === 'server' && isFirstOfProcess(server) && !server.ofPlatform;
    if (start === undefined && (!isFirst || startBeside(server) !== undefined)) continue;
    const cold = coldStartOf(server, start);
    if (cold !== undefined) found.push(cold);
  }
  return found;
}

/** Lambda's start is a span beside the invocation. */
const startBeside = ({ parent }: SpanNode): SpanNode | undefined =>
  parent === undefined || parent.kind === 'client'
    ? undefined
    : parent.children.slice(0, nearby).find(isColdStart);

function coldStartOf(server: SpanNode, start: SpanNode | undefined): ColdStart | undefined {
  const before = waitBefore(server);
  // A process that was there before the request began to wait did not make it wait.
  const wait = before !== undefined && (start === undefined || overlap(start, before)) ? before : undefined;
  const call = before === undefined ? callBefore(server, start) : undefined;
  const isUnseen = before === undefined && server.parent === undefined;
  const isWithin = start !== undefined && overlap(start, server);
  const isHere = wait !== undefined || call !== undefined || isWithin || (start !== undefined && isUnseen);
  return isHere ? { server, start, wait, call } : undefined;
}

/** Without a span of the start, a long wait before the first request of a process is taken for it. */
function callBefore(server: SpanNode, start: SpanNode | undefined): PathSection | undefined {
  const caller = server.parent;
  if (caller === undefined || caller.start >= server.start) return undefined;
  const section = { node: caller, start: caller.start, end: server.start };
  if (start !== undefined) return overlap(start, section) ? section : undefined;
  const isLong = section.end - section.start >= thresholds.coldStart.unseen;
  return isLong && caller.kind === 'client' && !caller.ofPlatform ? section : undefined;
}

const overlap = (a: Times, b: Times): boolean => a.start < b.end && a.end > b.start;
