/** What a comparison says, in sentences. Names in them are as they were received: escape them for where they go. */
import type { Comparison, LoneRequest, RequestComparison } from './compare.ts';
import type { Cause, PathComparison } from './compare-paths.ts';
import { formatDuration } from './duration.ts';
import type { Difference } from './statistics.ts';

/** `−9.98 s`, `+1.2 ms`, `0`. */
export function formatChange(microseconds: number): string {
  const length = formatDuration(Math.abs(microseconds));
  if (length === '0' || length === '0 µs') return '0';
  return `${microseconds < 0 ? '−' : '+'}${length}`;
}

const traces = (count: number): string => `${count} ${count === 1 ? 'trace' : 'traces'}`;

type Unsaid = Omit<RequestComparison, 'sentence'>;

/** What changed for a kind of request, and where. */
export function sentenceOf(request: Unsaid): string {
  const { service, operation, before, after, change, verdict } = request;
  const name = `${service} ${operation}`;
  if (verdict === 'same') {
    if (change.by === 0) return `${name} takes as long as before: ${formatDuration(after.median)}.`;
    return `${name} takes about as long as before: ${formatDuration(after.median)}, ${formatDuration(before.median)} before (${certainty(change, before.traces, after.traces)}).`;
  }
  const took = `${formatDuration(after.median)} instead of ${formatDuration(before.median)}`;
  const changed = `${formatChange(change.by)}; ${certainty(change, before.traces, after.traces)}`;
  const where = whereOf(request);
  if (verdict === 'too-few') {
    const became = change.by > 0 ? 'slower' : 'faster';
    return `${name} took ${took} (${changed})${where}: too few to tell whether it became ${became}.`;
  }
  return `${name} became ${verdict}: ${took} (${changed})${where}.`;
}

function certainty({ interval }: Difference, before: number, after: number): string {
  if (interval !== undefined) {
    return `95 % confidence: ${formatChange(interval.low)} to ${formatChange(interval.high)}`;
  }
  return before === 1 && after === 1 ? 'one trace each' : `only ${before} and ${traces(after)}`;
}

/** The largest contributions, as many as make up this share of the change, are named; three at most. */
const shareNamed = 0.8;
const mostNamed = 3;

function whereOf({ change, meanChange, paths }: Unsaid): string {
  // A few traces far longer than the rest can turn the mean against the median.
  if (Math.sign(change.by) !== Math.sign(meanChange)) return '';
  const named: PathComparison[] = [];
  let sum = 0;
  for (const path of paths) {
    if (named.length === mostNamed || sum / meanChange >= shareNamed) break;
    if (Math.sign(path.contribution) !== Math.sign(meanChange)) continue;
    named.push(path);
    sum += path.contribution;
  }
  return named.length === 0 ? '' : `, by ${named.map(describe).join('; ')}`;
}

const says: Record<Cause, (before: string, after: string) => string> = {
  new: () => 'new, ',
  gone: () => 'gone, ',
  more: (before, after) => `${after} instead of ${before}, `,
  fewer: (before, after) => `${after} instead of ${before}, `,
  slower: () => '',
  faster: () => '',
  'waited-for': () => 'now waited for, ',
  'not-waited-for': () => 'no longer waited for, ',
  unclear: () => 'unclear, ',
  same: () => '',
};

function describe({ service, operation, before, after, cause, contribution }: PathComparison): string {
  const count = (times: typeof before) => String(Math.round((times?.spansPerTrace ?? 0) * 10) / 10);
  const why = says[cause](count(before), count(after));
  return `${service} ${operation} (${why}${formatChange(contribution)})`;
}

/** The comparison in one sentence. */
export function conclusionOf({
  before,
  after,
  requests,
  onlyBefore,
  onlyAfter,
}: Omit<Comparison, 'conclusion'>): string {
  if (before === 0 || after === 0) return `Nothing to compare: ${before} and ${traces(after)}.`;
  const [most] = requests;
  if (most === undefined) {
    return `The sets have no request in common: ${names(onlyBefore)} before, ${names(onlyAfter)} after.`;
  }
  const changed = requests.filter(({ verdict }) => verdict === 'slower' || verdict === 'faster');
  if (requests.length === 1) return most.sentence;
  if (changed.length === 0)
    return `None of ${requests.length} requests is known to take longer or shorter than before.`;
  const first = changed[0]?.sentence ?? '';
  return `${changed.length} of ${requests.length} requests changed, most of all: ${first}`;
}

function names(requests: readonly LoneRequest[]): string {
  const named = requests.slice(0, mostNamed).map(({ service, operation }) => `${service} ${operation}`);
  return named.join(', ') + (requests.length > mostNamed ? ', …' : '');
}
