/** What a trace is, in a line. */

import { formatDuration } from '../diagnosis/duration.ts';
import { columnsOf, printable, toWidth } from '../diagnosis/terminal-text.ts';
import type { TraceTree } from '../diagnosis/tree.ts';

export interface TraceSummary {
  traceId: string;
  service: string;
  operation: string;
  /** µs since the Unix epoch. */
  startUs: number;
  /** What the request took, that is, its root. */
  durationUs: number;
  spanCount: number;
  serviceCount: number;
  failedSpanCount: number;
}

export function summaryOf({ traceId, root, start, nodes }: TraceTree): TraceSummary {
  return {
    traceId,
    service: root?.service ?? '?',
    operation: root?.name ?? '?',
    startUs: start,
    durationUs: root === undefined ? 0 : root.end - root.start,
    spanCount: nodes.length,
    serviceCount: new Set(nodes.map(({ service }) => service)).size,
    failedSpanCount: nodes.filter(({ failed }) => failed).length,
  };
}

/** Service and operation, as much of them as a line can hold. */
export const nameOf = ({ service, operation }: TraceSummary): string =>
  printable(`${service} ${operation}`.slice(0, 400));

/** The time of day, local time, with the date where that was not within the last day. */
export function clock(startUs: number, withDate: boolean): string {
  const at = new Date(startUs / 1e3);
  if (Number.isNaN(at.getTime())) return '?';
  const two = (n: number) => String(n).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return withDate
    ? `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
    : `${time}:${two(at.getSeconds())}`;
}

const dayUs = 86_400e6;

/**
 * A table of traces: start, duration, spans, failed spans where there are any, request, id.
 * @param columns of the terminal; without one nothing is cut, and the table has no heading
 * @param now µs since the Unix epoch
 */
export function traceTable(
  summaries: readonly TraceSummary[],
  columns: number | undefined,
  now: number,
): string[] {
  const isFailing = summaries.some(({ failedSpanCount }) => failedSpanCount > 0);
  const withDate = summaries.some(({ startUs }) => now - startUs > dayUs || startUs > now + dayUs);
  const rows = summaries.map(summary => [
    clock(summary.startUs, withDate),
    formatDuration(summary.durationUs),
    String(summary.spanCount),
    ...(isFailing ? [summary.failedSpanCount > 0 ? `!${summary.failedSpanCount}` : ''] : []),
    nameOf(summary),
    printable(summary.traceId.slice(0, 64)),
  ]);
  const heading = ['start', 'duration', 'spans', ...(isFailing ? [''] : []), 'request', 'trace'];
  if (columns !== undefined) rows.unshift(heading);
  const widths = heading.map((_, i) => Math.max(...rows.map(row => columnsOf(row[i] ?? ''))));
  // The name gives way, since an id is of no use cut.
  const name = heading.indexOf('request');
  const total = widths.reduce((sum, width) => sum + width + 1, -1);
  if (columns !== undefined) widths[name] = Math.max(8, (widths[name] ?? 0) - Math.max(0, total - columns));
  const isNumber = (i: number) => i > 0 && i < name;
  return rows.map(row =>
    row
      .map((cell, i) => toWidth(cell, widths[i] ?? 0, isNumber(i) ? 'right' : 'left'))
      .join(' ')
      .trimEnd(),
  );
}
