import { nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import type { Evidence, Observation } from '../findings.ts';
import { type ColdStart, coldStartsIn, isColdStart } from '../platform.ts';
import { lengthOf } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/**
 * Processes that started for this request: how long it waited for them, and which part of that was the code's. All of
 * one trace are one finding: what starts one process cold starts the others.
 */
export const coldStarts: Rule = ({ tree, root }) => {
  if (isColdStart(root)) return [ownTrace(root)];
  const starts = coldStartsIn(tree.nodes);
  return starts.length === 0 ? [] : [observation(byEnd(starts))];
};

/** A process that no request had to wait for: its start is a trace of its own, linked from the first request. */
function ownTrace(start: SpanNode): Observation {
  const cold = { server: start, start, wait: undefined, call: undefined };
  return {
    kind: 'cold-start',
    certainty: 'measured',
    because: 'the process’s start is the trace itself',
    spans: [start, ...phases(cold)],
    title: `${start.service} started a process`,
    sentence: `${start.service} started a process in ${formatDuration(lengthOf(start))}${inPhases(cold)}. No request of this trace waited for it.`,
    advice:
      'Nothing, unless such a start makes a request wait elsewhere: then load less before listening, or bundle it.',
    evidence: { for: start.service, ...evidence(cold, undefined) },
    change: undefined,
  };
}

/** What the request waited for: the process's start, where nobody says that it waited longer. */
const heldBy = ({ start, wait, call }: ColdStart) => (wait ?? call ?? start) as SpanNode | PathSection;

/** Whether the request's spans show that it waited: a root's cannot, whoever asked for it did. */
const isSeen = ({ server, start, wait, call }: ColdStart): boolean =>
  wait !== undefined || call !== undefined || (start !== undefined && start.end > server.start);

/** All that the trace waited for are one finding; the one that was waited for to the end comes first. */
const byEnd = (starts: readonly ColdStart[]): ColdStart[] =>
  [...starts].sort((a, b) => heldBy(b).end - heldBy(a).end);

/** What says that a process started: its own span, the platform's wait, or only that it was its first request. */
function certaintyOf({ start, wait }: ColdStart): Pick<Observation, 'certainty' | 'because'> {
  if (start !== undefined) return { certainty: 'measured', because: 'the process’s start has a span' };
  if (wait !== undefined)
    return {
      certainty: 'likely',
      because: 'it was the first request of its process, and the platform waited',
    };
  return {
    certainty: 'likely',
    because: 'it was the first request of its process; how much of the wait was its start, no span says',
  };
}

function observation(starts: readonly ColdStart[]): Observation {
  const [last, ...others] = starts as [ColdStart, ...ColdStart[]];
  const parts = partsOf(last);
  const services = [...new Set(starts.map(({ server }) => server.service))].sort();
  const waits = new Set(
    starts.flatMap(({ start, wait }) => [start, wait]).filter(node => node !== undefined),
  );
  return {
    kind: 'cold-start',
    ...certaintyOf(last),
    spans: [...new Set([...waits, ...starts.flatMap(spansOf)])],
    title: `${inWords(services)} started cold`,
    sentence: sentence(last, parts, others),
    advice: advice(last, parts, others.length > 0 ? 'one instance of each' : 'one instance'),
    evidence: { for: services.join(', '), ...evidence(last, parts) },
    ...(last.start === undefined && last.wait === undefined ? { atMost: true } : {}),
    change: starts.some(isSeen)
      ? {
          durations: new Map([...waits].map(node => [node, 0])),
          idle: starts.flatMap(({ call }) => call ?? []),
        }
      : undefined,
  };
}

/** The three parts of a wait, in µs; without the process's start nobody knows which is which. */
interface Parts {
  /** Until the process began: the decision to start one, its place, its image, its container. */
  before: number;
  code: number;
  /** From when it listened until it got the request: mostly its readiness probe. */
  after: number;
}

function partsOf(cold: ColdStart): Parts | undefined {
  const { start } = cold;
  const wait = cold.wait ?? cold.call;
  if (start === undefined || wait === undefined) return undefined;
  const before = Math.max(0, start.start - wait.start);
  const after = Math.max(0, wait.end - start.end);
  return { before, code: lengthOf(wait) - before - after, after };
}

/** Beside the wait: the phases of the start, or, of one that has no span, its first request. */
const spansOf = (cold: ColdStart): readonly SpanNode[] =>
  cold.start === undefined && cold.wait === undefined ? [cold.server] : phases(cold);

const phases = ({ start }: ColdStart): readonly SpanNode[] => start?.children ?? [];

function evidence({ start, wait, call }: ColdStart, parts: Parts | undefined): Evidence {
  return {
    ...Object.fromEntries((start?.children ?? []).map(phase => [`${phase.name}Us`, lengthOf(phase)])),
    ...(start === undefined ? {} : { codeUs: lengthOf(start) }),
    ...(wait === undefined && call === undefined
      ? {}
      : { waitedUs: lengthOf((wait ?? call) as PathSection) }),
    ...(parts === undefined ? {} : { platformUs: parts.before + parts.after }),
  };
}

function sentence(last: ColdStart, parts: Parts | undefined, others: readonly ColdStart[]): string {
  const { service } = last.server;
  const { start, wait, call } = last;
  const beside = others.filter(each => heldBy(each) !== heldBy(last));
  const isParallel = beside.every(each => heldBy(each).end > heldBy(last).start);
  const waits = beside.map(each => `${formatDuration(lengthOf(heldBy(each)))} for ${each.server.service}`);
  const meanwhile = waits.length === 0 ? '' : `, ${isParallel ? 'in parallel' : 'and'} ${inWords(waits)}`;
  const own = start === undefined ? '' : `${formatDuration(parts?.code ?? lengthOf(start))}${inPhases(last)}`;
  const held = wait ?? call?.node;
  if (held === undefined && start !== undefined && start.start >= last.server.start)
    return `The request waited ${own} for ${service} to start a process${meanwhile}.`;
  if (held === undefined)
    return `${service} started a process in ${own}${meanwhile}, ${formatDuration(Math.max(0, last.server.start - lastEnd(last)))} before the request came to it: its sender probably waited.`;
  const waited = `The request waited ${formatDuration(lengthOf(heldBy(last)))} in ${nameOf(held)} until ${service} was there${meanwhile}`;
  if (parts === undefined) return `${waited}; this was the first request of its process.`;
  const whose = beside.length === 0 ? ':' : `. Of ${service}’s:`;
  return `${waited}${whose} ${formatDuration(parts.before)} until its process began, ${own} of its own start, ${formatDuration(parts.after)} more until it got the request.`;
}

const lastEnd = ({ start, server }: ColdStart): number => start?.end ?? server.start;

function inPhases(cold: ColdStart): string {
  const each = phases(cold).map(phase => `${phase.name} ${formatDuration(lengthOf(phase))}`);
  return each.length === 0 ? '' : ` (${each.join(', ')})`;
}

function advice({ start, wait }: ColdStart, parts: Parts | undefined, instances: string): string {
  const setting =
    wait === undefined ? 'min-scale, min-instances or provisioned concurrency of 1' : 'min-scale 1';
  const keep = `keep ${instances} (${setting})`;
  if (start === undefined) return `Either ${keep}, or see whether its code or the platform takes the time.`;
  const { before, code, after } = parts ?? { before: 0, code: lengthOf(start), after: 0 };
  if (code >= before + after)
    return `Most of it is the code: load less before listening, bundle it, or ${keep}.`;
  return after > before
    ? `Most of it is the platform’s probe: let it ask sooner and more often, or ${keep}.`
    : `Most of it is the platform: ${keep}, or see whether the node has room and the image is small.`;
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
