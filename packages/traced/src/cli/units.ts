/** The values that options are given. What cannot be one throws commander's error, which names the option too. */
import { InvalidArgumentError } from 'commander';
import { type FindingKind, findingKinds } from '../diagnosis/findings.ts';
import { type Objective, statisticOf } from '../diagnosis/objective.ts';

/** µs in each. */
const units: Record<string, number> = {
  us: 1,
  µs: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  min: 60e6,
  h: 3_600e6,
  d: 86_400e6,
};

/** A length of time like `250ms`, `1.5s` or `1h30m`, in µs. */
export function parseTime(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµ]+)/gi)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text.replaceAll(/\s*$/g, '');
  const time = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit as string] ?? Number.NaN),
    0,
  );
  if (!isWhole || !Number.isSafeInteger(Math.round(time))) {
    throw new InvalidArgumentError('Write a length of time like 250ms, 1.5s, 30m, 2h or 7d.');
  }
  return Math.round(time);
}

/** The same within bounds, which are written the same way. */
export const parseTimeWithin =
  (least: string, most: string) =>
  (text: string): number => {
    const time = parseTime(text);
    if (time >= parseTime(least) && time <= parseTime(most)) return time;
    throw new InvalidArgumentError(`Give a time from ${least} to ${most}.`);
  };

/** Milliseconds, with or without a unit, in µs. */
export function parseMilliseconds(text: string): number {
  return parseTime(/^\d+(?:\.\d+)?$/.test(text) ? `${text}ms` : text);
}

/** An objective like `p95<300ms` or `median < 1s`. */
export function parseObjective(text: string): Objective {
  const [, statistic = '', limit = ''] = /^\s*([a-z0-9.]+)\s*<\s*(.+)$/i.exec(text) ?? [];
  const name = statistic.toLowerCase();
  if (limit === '' || Number.isNaN(statisticOf(name, [1])))
    throw new InvalidArgumentError(
      'Write an objective like p95<300ms; there are median, mean, max and p0 to p100.',
    );
  return { statistic: name, limit: parseTime(limit) };
}

/** A whole number from `least` to `most`. */
export const parseCount =
  (least: number, most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };

/** Adds `key=value` to those that there are. */
export function parseTag(text: string, tags: Record<string, string> = {}): Record<string, string> {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === '') throw new InvalidArgumentError('Write a tag as key=value.');
  return { ...tags, [key]: value };
}

/** Kinds of findings by their names, separated by commas; `any` for all. */
export function parseKinds(text: string): FindingKind[] {
  const names = text.split(',').map(name => name.trim());
  if (names.includes('any')) return [...findingKinds];
  return names.map(name => {
    const kind = findingKinds.find(each => each === name);
    if (kind !== undefined) return kind;
    throw new InvalidArgumentError(
      `There is no kind "${name}"; there are ${findingKinds.join(', ')}, and any.`,
    );
  });
}
