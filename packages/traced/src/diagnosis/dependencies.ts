/** Whether a call needs what a call before it answered or did, as far as a trace can tell. */
import { urlParts } from '../semantics/index.ts';
import { callIn } from './calls.ts';
import { lengthOf } from './sequence.ts';
import { pathTo, type SpanNode } from './tree.ts';

/** More of the caller's own time between two calls than this, and than this part of the first, is work on its answer. */
const mostHandling = 5_000;
const mostHandlingShare = 0.25;
/** What so many spans above the calls were asked is known to the caller. */
const nearest = 10;

/**
 * The runs of calls that follow one another with nothing between them that says that the second needs the first: no
 * work on its answer, no write, whose place matters, no id that was not known before.
 * @param calls children of one span, by start
 */
export function independentRuns(calls: readonly SpanNode[]): SpanNode[][] {
  const [first] = calls;
  if (first === undefined) return [];
  const known = new Set(pathTo(first).slice(-nearest, -1).flatMap(valuesOf));
  const runs: SpanNode[][] = [];
  let run: SpanNode[] = [];
  let before: SpanNode | undefined;
  for (const child of calls) {
    const call = callIn(child) as SpanNode;
    const learnt = idsIn(call).filter(id => !known.has(id));
    if (before !== undefined && child.start < before.end - 1) {
      // What runs beside another call is no part of a run.
      if (run.at(-1) === before) run.pop();
      runs.push(run);
      run = [];
      before = before.end > child.end ? before : child;
    } else {
      if (before !== undefined && (learnt.length > 0 || handles(before, child) || isWrite(call))) {
        runs.push(run);
        run = [];
      }
      run.push(child);
      if (isWrite(call)) runs.push(run.splice(0));
      before = child;
    }
    for (const id of learnt) known.add(id);
  }
  return [...runs, run];
}

const handles = (before: SpanNode, child: SpanNode): boolean =>
  child.start - before.end > Math.max(mostHandling, mostHandlingShare * lengthOf(before));

/** Whether the call changes something (RFC 9110, section 9.2.1). */
export const isWrite = ({ semantics }: SpanNode): boolean => semantics.effect === 'write';

/** Two digits alone, or three among letters: `17`, a uuid, `T731398C`, but not `v2` or `oauth2`. */
const isId = (text: string): boolean => {
  const digits = text.replaceAll(/\D/g, '').length;
  return digits >= 3 || (digits === 2 && text.length === 2);
};

/** Ids in the path that a call asks, and in the parameters of its query that are named so. */
function idsIn({ semantics }: SpanNode): string[] {
  const { segments, parameters } = urlParts(semantics.facts);
  const named = parameters.filter(([key]) => /id$/i.test(key)).map(([, value]) => value);
  return [...segments, ...named].filter(isId);
}

/** All that a span says it was asked, among which an id may be. */
function valuesOf(node: SpanNode): string[] {
  const texts = (node.span.tags ?? []).map(({ value }) => String(value));
  return texts.flatMap(text => [text, ...text.split(/[/?&=,;\s]+/)]);
}
