import { formatDuration } from './duration.ts';
import type { JaegerTrace } from './jaeger.ts';
import { type SpanRow, spanRows } from './span-rows.ts';
import { columnsOf, cut, printable, toWidth } from './terminal-text.ts';

export interface WaterfallOptions {
  /** No line is wider; 80 unless given. */
  columns?: number;
  /** Colours by ANSI escapes; none unless asked for. */
  color?: boolean;
}

interface Layout {
  service: number;
  name: number;
  time: number;
  bar: number;
}

const timeColumns = 8;
const red = '\x1b[31m';
const dim = '\x1b[2m';
const plain = '\x1b[0m';

/**
 * Draws a trace as text, a line for each span: service, name indented by depth, start since the trace's start,
 * duration, and a bar on the trace's time axis. Many siblings alike share a line (`work ×100`), whose duration
 * reaches from the first one's start to the last one's end. A failed span is marked with `!`. Lines end with a line
 * feed; apart from these, and from colours where asked for, the text has no control characters.
 */
export function renderWaterfall(trace: JaegerTrace, options: WaterfallOptions = {}): string {
  const columns = Math.max(1, Math.floor(options.columns ?? 80));
  const paint = (text: string, code: string) => (options.color === true ? `${code}${text}${plain}` : text);
  const rows = spanRows(trace);
  const start = rows.reduce((least, row) => Math.min(least, row.start), Number.POSITIVE_INFINITY);
  const end = rows.reduce((most, row) => Math.max(most, row.end), 0);
  const head = cut(heading(trace, rows, end - start), columns);
  const layout = layoutFor(columns, rows);
  const lines = rows.map(row => {
    const text = cut(line(row, layout, start, end).trimEnd(), columns);
    return row.error ? paint(text, red) : text;
  });
  return `${[paint(head, dim), ...lines].join('\n')}\n`;
}

function heading(trace: JaegerTrace, rows: readonly SpanRow[], length: number): string {
  const spans = trace.spans.length;
  const id = printable(trace.traceID.slice(0, 64));
  if (spans === 0) return `trace ${id} · no spans`;
  const services = new Set(rows.map(row => row.service)).size;
  const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  return `trace ${id} · ${plural(spans, 'span')} · ${plural(services, 'service')} · ${formatDuration(length)}`;
}

/** Narrow terminals lose the bar first, then the start and duration, then the service. */
function layoutFor(columns: number, rows: readonly SpanRow[]): Layout {
  const widest = rows.reduce(
    (most, row) => Math.max(most, columnsOf(printable(row.service.slice(0, 40)))),
    0,
  );
  const service = columns >= 30 ? Math.min(widest, Math.floor(columns / 5)) : 0;
  const time = columns >= 50 ? timeColumns : 0;
  const bar = columns >= 60 ? Math.floor(columns / 4) : 0;
  const gaps = (service > 0 ? 1 : 0) + (time > 0 ? 2 : 0) + (bar > 0 ? 1 : 0);
  return { service, time, bar, name: columns - service - 2 * time - bar - gaps };
}

function line(row: SpanRow, layout: Layout, start: number, end: number): string {
  const cells = [indentedName(row, layout.name)];
  if (layout.service > 0) cells.unshift(toWidth(printable(row.service), layout.service));
  if (layout.time > 0) {
    cells.push(toWidth(formatDuration(row.start - start), layout.time, 'right'));
    cells.push(toWidth(formatDuration(row.end - row.start), layout.time, 'right'));
  }
  if (layout.bar > 0) cells.push(bar(row, layout.bar, start, end));
  return cells.join(' ');
}

function indentedName(row: SpanRow, columns: number): string {
  // A deep trace would push its names out of sight, so the indent stops half-way.
  const indent = ' '.repeat(Math.min(row.depth, Math.floor(columns / 2)));
  const mark = row.error ? '! ' : '';
  const suffix = row.count > 1 ? ` ×${row.count}` : '';
  const room = columns - indent.length - mark.length - suffix.length;
  return toWidth(indent + mark + cut(printable(row.name.slice(0, 400)), Math.max(0, room)) + suffix, columns);
}

function bar(row: SpanRow, columns: number, start: number, end: number): string {
  const scale = end > start ? columns / (end - start) : 0;
  const from = Math.min(columns - 1, Math.floor((row.start - start) * scale));
  const length = Math.round((row.end - row.start) * scale);
  const cells = Math.min(columns - from, length);
  return ' '.repeat(from) + (cells > 0 ? '█'.repeat(cells) : '▏');
}
