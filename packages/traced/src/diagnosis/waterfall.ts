/** Draws a trace as text. */
import { criticalPath, type PathSection } from './critical-path.ts';
import { formatDuration } from './duration.ts';
import type { JaegerTrace } from './jaeger.ts';
import { type Axis, drawBar } from './path-bar.ts';
import { type SpanRow, spanRows } from './span-rows.ts';
import { type Paint, painter } from './terminal-colors.ts';
import { columnsOf, cut, printable, toWidth } from './terminal-text.ts';
import { buildTree, type SpanNode, type TraceTree } from './tree.ts';

export interface WaterfallOptions {
  /** No line is wider; 80 unless given. */
  columns?: number;
  /** Colours by ANSI escapes; none unless asked for. */
  color?: boolean;
}

export interface TreeOptions extends WaterfallOptions {
  /** Where it is known already. */
  path?: readonly PathSection[];
  /** A few characters for the margin of the spans that others refer to. */
  marks?: ReadonlyMap<SpanNode, string>;
}

interface Layout {
  mark: number;
  service: number;
  name: number;
  start: number;
  duration: number;
  bar: number;
}

const timeColumns = 8;
const mostMarkColumns = 4;

/**
 * Draws a trace as text, a line for each span: service, name indented by depth, start since the trace's start,
 * duration, and a bar on the trace's time axis, full (`█`) where the span holds the clock, that is, on the critical
 * path. Many siblings alike share a line (`work ×100`), whose duration reaches from the first one's start to the last
 * one's end. A failed span is marked with `!`, a start that was corrected with `~`. Lines end with a line feed; apart
 * from these, and from colours where asked for, the text has no control characters.
 */
export function renderWaterfall(trace: JaegerTrace, options: WaterfallOptions = {}): string {
  return renderTree(buildTree(trace), options);
}

/** The same of a trace whose tree is there already, with marks in the margin where given. */
export function renderTree(tree: TraceTree, options: TreeOptions = {}): string {
  const columns = columnsFor(options);
  const paint = painter(options.color);
  const marks = options.marks ?? new Map();
  const rows = spanRows(tree, marks);
  const layout = layoutFor(columns, rows, marks);
  const axis = {
    columns: layout.bar,
    duration: tree.duration,
    sections: sectionsBySpan(options.path ?? criticalPath(tree)),
  };
  const lines = rows.map(row => line(row, { columns, layout, axis, marks, paint }));
  const legend = layout.bar > 0 && rows.length > 0 ? [paint('█ on the critical path, ░ not', 'dim')] : [];
  return `${[paint(headingOf(tree, columns), 'dim'), ...lines, ...legend].join('\n')}\n`;
}

export const columnsFor = ({ columns }: WaterfallOptions): number => Math.max(1, Math.floor(columns ?? 80));

/** The id is what is cut first. */
function headingOf({ traceId, nodes, duration }: TraceTree, columns: number): string {
  const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const services = plural(new Set(nodes.map(({ service }) => service)).size, 'service');
  const spans = nodes.length === 0 ? 'no spans' : plural(nodes.length, 'span');
  const rest = ` · ${nodes.length === 0 ? spans : `${spans} · ${services} · ${formatDuration(duration)}`}`;
  const id = printable(traceId.slice(0, 64));
  return cut(`trace ${cut(id, Math.max(8, columns - 'trace '.length - columnsOf(rest)))}${rest}`, columns);
}

function sectionsBySpan(path: readonly PathSection[]): Axis['sections'] {
  const sections = new Map<SpanNode, PathSection[]>();
  for (const section of path) {
    const own = sections.get(section.node);
    if (own === undefined) sections.set(section.node, [section]);
    else own.push(section);
  }
  return sections;
}

/** Narrow terminals lose the bar first, but for one column of it, then the start, then all but the name. */
function layoutFor(columns: number, rows: readonly SpanRow[], marks: ReadonlyMap<SpanNode, string>): Layout {
  const widestOf = (texts: Iterable<string>) =>
    [...new Set(texts)].reduce((most, text) => Math.max(most, columnsOf(text)), 0);
  const widest = widestOf(rows.map(({ service }) => shown(service, columns)));
  const mark = columns >= 20 ? Math.min(widestOf(marks.values()), mostMarkColumns) : 0;
  const service = columns >= 30 ? Math.min(widest, Math.floor(columns / 5)) : 0;
  const duration = columns >= 30 ? timeColumns : 0;
  const start = columns >= 50 ? timeColumns : 0;
  const bar = columns >= 60 ? Math.floor(columns / 4) : columns >= 30 ? 1 : 0;
  const others = [mark, service, duration, start, bar].filter(width => width > 0);
  const name = columns - others.reduce((sum, width) => sum + width + 1, 0);
  return { mark, service, name, start, duration, bar };
}

interface Canvas {
  columns: number;
  layout: Layout;
  axis: Axis;
  marks: ReadonlyMap<SpanNode, string>;
  paint: Paint;
}

function line(row: SpanRow, { columns, layout, axis, marks, paint }: Canvas): string {
  const { mark, service, name, start, duration } = layout;
  const isMoved = row.nodes.some(({ shift }) => shift !== 0);
  const cells = [indentedName(row, name)];
  if (service > 0) cells.unshift(toWidth(shown(row.service, service), service));
  if (start > 0) cells.push(toWidth(`${isMoved ? '~' : ''}${formatDuration(row.start)}`, start, 'right'));
  if (duration > 0) cells.push(toWidth(formatDuration(row.end - row.start), duration, 'right'));
  const margin = mark > 0 ? `${toWidth(marks.get(row.nodes[0] as SpanNode) ?? '', mark, 'right')} ` : '';
  const text = cut(cells.join(' '), columns - margin.length).trimEnd();
  const bar = layout.bar > 0 ? ` ${drawBar(row, axis, paint)}` : '';
  return paint(margin, 'yellow') + (row.failed ? paint(text, 'red') : text) + bar;
}

/** Printable, and no more of it than could be shown: a name may be megabytes long. */
const shown = (text: string, columns: number): string => printable(text.slice(0, 8 * columns));

function indentedName(row: SpanRow, columns: number): string {
  // A deep trace would push its names out of sight, so the indent stops half-way.
  const indent = ' '.repeat(Math.min(row.depth, Math.floor(columns / 2)));
  const failed = row.failed ? '! ' : '';
  const count = row.nodes.length > 1 ? ` ×${row.nodes.length}` : '';
  const room = Math.max(0, columns - indent.length - failed.length - count.length);
  return toWidth(indent + failed + cut(shown(row.name, columns), room) + count, columns);
}
