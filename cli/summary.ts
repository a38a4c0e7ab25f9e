/** What a trace is, in a line. */

import { formatDuration } from '../diagnosis/duration.ts';
import { columnsOf, cut, printable, toWidth } from '../diagnosis/terminal-text.ts';
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
 * A table of traces: start, duration, spans, failed spans, request, id.
 * @param columns of the terminal; without one nothing is cut, and the table has no heading
 */
export function traceTable(
  summaries: readonly TraceSummary[],
  columns: number | undefined,
  now: number,
): string[] {
  const withDate = summaries.some(({ startUs }) => now - startUs > dayUs || startUs > now + dayUs);
  const rows = summaries.map(summary => [
    clock(summary.startUs, withDate),
    formatDuration(summary.durationUs),
    String(summary.spanCount),
    summary.failedSpanCount > 0 ? `!${summary.failedSpanCount}` : '',
    nameOf(summary),
    printable(summary.traceId.slice(0, 64)),
  ]);
  if (columns !== undefined) rows.unshift(['start', 'duration', 'spans', '', 'request', 'trace']);
  const widths = [0, 1, 2, 3, 4].map(i => Math.max(...rows.map(row => columnsOf(row[i] ?? ''))));
  const others = widths.slice(0, 4).reduce((sum, width) => sum + width + 1, 0) + 1 + 32;
  if (columns !== undefined) widths[4] = Math.max(8, Math.min(widths[4] ?? 0, columns - others));
  const right = [1, 2, 3];
  return rows.map(row => {
    const cells = widths.map((width, i) =>
      toWidth(row[i] ?? '', width, right.includes(i) ? 'right' : 'left'),
    );
    const line = [...cells, row[5]].join(' ');
    return columns === undefined ? line : cut(line, columns);
  });
}
