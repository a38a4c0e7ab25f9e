/** What a comparison would be the other way round. */
import type { Comparison, RequestComparison } from '../../src/diagnosis/compare.ts';
import type { Cause, PathComparison } from '../../src/diagnosis/compare-paths.ts';

const opposite: Partial<Record<Cause, Cause>> = {
  fewer: 'more',
  gone: 'new',
  faster: 'slower',
  'not-waited-for': 'waited-for',
};
export const mirrored = (cause: Cause): Cause =>
  cause === 'unclear'
    ? cause
    : (opposite[cause] ?? (Object.keys(opposite) as Cause[]).find(key => opposite[key] === cause) ?? 'same');

/** Comparable with another: paths by their place, sums rounded, lists in an order of their own. */
export function plainOf({ before, after, requests, onlyBefore, onlyAfter }: Comparison, mirror = false) {
  const swapped = <T>(pair: [T, T]): [T, T] => (mirror ? [pair[1], pair[0]] : pair);
  const signed = (value: number) => Math.round((mirror ? -value : value) * 1e3) / 1e3 + 0;
  const difference = (change: RequestComparison['change'] | undefined) => {
    const ends = swapped([change?.interval?.low ?? 0, change?.interval?.high ?? 0]);
    return [change === undefined, signed(change?.by ?? 0), ...ends.map(signed)];
  };
  const nameOf = (path: PathComparison): string[] =>
    path.parent === undefined
      ? [path.service, path.operation]
      : [...nameOf(path.parent), path.service, path.operation];
  const pathOf = (path: PathComparison) => {
    const { cause, contribution, change } = path;
    const kind = mirror ? mirrored(cause) : cause;
    return [
      nameOf(path).join(),
      kind,
      signed(contribution),
      difference(change),
      swapped([path.before, path.after]),
    ];
  };
  const requestOf = ({ service, operation, verdict, ...rest }: RequestComparison) => [
    service,
    operation,
    verdict === 'same' || verdict === 'too-few' ? verdict : (verdict === 'slower') !== mirror,
    swapped([rest.before, rest.after]),
    difference(rest.change),
    signed(rest.meanChange),
    sortedByText(rest.paths.map(pathOf)),
  ];
  return [
    swapped([before, after]),
    sortedByText(requests.map(requestOf)),
    swapped([onlyBefore, onlyAfter].map(sortedByText) as [unknown[], unknown[]]),
  ];
}

export const mirrorOf = (comparison: Comparison) => plainOf(comparison, true);

const sortedByText = (items: readonly unknown[]): unknown[] =>
  items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
