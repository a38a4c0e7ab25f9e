/** What changed between two sets of traces, as text. */
import type { Comparison, RequestComparison } from '../diagnosis/compare.ts';
import type { PathComparison } from '../diagnosis/compare-paths.ts';
import { formatChange } from '../diagnosis/compare-text.ts';
import { formatDuration } from '../diagnosis/duration.ts';
import { type Paint, painter } from '../diagnosis/terminal-colors.ts';
import { columnsOf, cut, printable, toWidth, wrapped } from '../diagnosis/terminal-text.ts';
import type { Screen } from './terminal.ts';

/** Paths that add less than this share of the largest contribution are counted, not shown. */
const leastShare = 0.01;
const mostPaths = 12;

/** The conclusion, then for each kind of request its times and the paths that made the change. */
export function renderComparison(comparison: Comparison, { columns, color }: Screen): string {
  const paint = painter(color);
  const { requests, onlyBefore, onlyAfter } = comparison;
  const lines = [...wrapped(printable(comparison.conclusion), columns)];
  for (const request of requests) lines.push('', ...renderRequest(request, columns, paint));
  for (const [side, lone] of [
    ['before', onlyBefore],
    ['after', onlyAfter],
  ] as const) {
    for (const { service, operation, traces, median } of lone) {
      const name = printable(`${service} ${operation}`.slice(0, 400));
      lines.push(
        '',
        cut(`${name}: only ${side}, ${traces} traces, median ${formatDuration(median)}`, columns),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function renderRequest(request: RequestComparison, columns: number, paint: Paint): string[] {
  const { service, operation, before, after, paths } = request;
  const name = printable(`${service} ${operation}`.slice(0, 400));
  const counts = `${before.traces} traces before, ${after.traces} after`;
  const times = `median ${span(before.median, after.median)}, p95 ${span(before.p95, after.p95)}`;
  const largest = Math.abs(paths[0]?.contribution ?? 0);
  const shown = paths
    .filter(({ contribution, cause }) => cause !== 'same' && Math.abs(contribution) >= leastShare * largest)
    .slice(0, mostPaths);
  const rest = paths.length - shown.length;
  const more =
    rest > 0
      ? [paint(`          ${rest} more ${rest === 1 ? 'path' : 'paths'} that made little difference`, 'dim')]
      : [];
  return [
    paint(cut(name, columns), 'bold'),
    ...wrapped(`${counts}; ${times}`, columns),
    ...shown.flatMap(path => renderPath(path, columns, paint)),
    ...(shown.length > 0 ? more : []),
  ];
}

const span = (before: number, after: number) => `${formatDuration(before)} → ${formatDuration(after)}`;

/** What it adds to the change, and what its spans did. */
function renderPath(path: PathComparison, columns: number, paint: Paint): string[] {
  const { service, operation, before, after, change, contribution, cause } = path;
  const added = toWidth(formatChange(contribution), 9, 'right');
  const name = printable(`${service} ${operation}`.slice(0, 400));
  const parts: string[] = [];
  if (before !== undefined && after !== undefined) {
    const counts = [before, after].map(({ spansPerTrace }) => String(Math.round(spansPerTrace * 10) / 10));
    if (counts[0] !== counts[1]) parts.push(`×${counts.join(' → ×')}`);
    else if (counts[0] !== '1') parts.push(`×${counts[0]}`);
    parts.push(`median ${span(before.median, after.median)}`);
    parts.push(`p95 ${span(before.p95, after.p95)}`);
    const interval = change?.interval;
    if (interval !== undefined)
      parts.push(
        `critical ${span(before.critical, after.critical)} (${formatChange(interval.low)} to ${formatChange(interval.high)})`,
      );
  } else {
    const only = before ?? after;
    parts.push(`×${Math.round((only?.spansPerTrace ?? 0) * 10) / 10}`);
    parts.push(`median ${formatDuration(only?.median ?? 0)}, p95 ${formatDuration(only?.p95 ?? 0)}`);
  }
  const room = columns - 10 - columnsOf(cause) - 1;
  return [
    `${added} ${toWidth(name, Math.max(1, room))} ${cause}`,
    ...wrapped(parts.join(' '), columns - 10).map(line => paint(`          ${line}`, 'dim')),
  ];
}
