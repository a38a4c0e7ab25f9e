/** New traces, each in one line. */

import { baselineOf } from '../diagnosis/baseline.ts';
import { type Diagnosis, diagnoseTree } from '../diagnosis/diagnose.ts';
import { formatDuration } from '../diagnosis/duration.ts';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { painter } from '../diagnosis/terminal-colors.ts';
import { columnsOf, printable, toWidth } from '../diagnosis/terminal-text.ts';
import { buildTree, type TraceTree } from '../diagnosis/tree.ts';
import { clock, nameOf, summaryOf } from './summary.ts';
import { screenOf } from './terminal.ts';

/** The last traces, and the spans in all of them, that a new one is held against. */
const mostRecent = { traces: 50, spans: 20_000 };

/** Diagnoses traces one after the other, each beside those before it: some flaws show only so. */
export class Watched {
  readonly #recent: TraceTree[] = [];
  #spans = 0;

  add(tree: TraceTree): void {
    this.#recent.push(tree);
    this.#spans += tree.nodes.length;
    while (this.#recent.length > mostRecent.traces || this.#spans > mostRecent.spans) {
      this.#spans -= this.#recent.shift()?.nodes.length ?? 0;
    }
  }

  diagnose(trace: JaegerTrace): Diagnosis {
    const tree = buildTree(trace);
    this.add(tree);
    return diagnoseTree(tree, baselineOf(this.#recent));
  }
}

/**
 * When it began, how long it took, its worst finding or else what it was, and its id.
 * @param columns of the terminal; without one nothing is cut
 */
export function watchLine(diagnosis: Diagnosis, columns: number | undefined): string {
  const { tree, findings } = diagnosis;
  const summary = summaryOf(tree);
  const [worst] = findings;
  const head = `${clock(summary.startUs, false)} ${toWidth(formatDuration(summary.durationUs), 8, 'right')}  `;
  const id = printable(summary.traceId.slice(0, 64));
  const found = worst === undefined ? 'no problems' : printable(`${worst.kind}: ${worst.title}`);
  const text = `${nameOf(summary)}: ${found}`;
  if (columns === undefined) return `${head}${text}  ${id}`;
  // An id is of no use cut, so it is the rest that gives way, what tells least first.
  const room = Math.max(8, columns - columnsOf(head) - columnsOf(id) - 2);
  const short = worst === undefined ? found : printable(`${worst.kind} ${worst.service} ${worst.operation}`);
  const fitting = [text, found, short].find(each => columnsOf(each) <= room) ?? short;
  const paint = painter(screenOf(process.stdout).color);
  const line = `${head}${toWidth(fitting, room)}  ${id}`;
  if (worst === undefined) return paint(line, 'dim');
  return worst.kind === 'error' ? paint(line, 'red') : line;
}
