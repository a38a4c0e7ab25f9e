/** Numbers and times as people read them. */
export { formatDuration } from '../../../diagnosis/duration.ts';

/** `1 span`, `2,000 spans`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

const dateOf = (microseconds: number): Date | undefined => {
  const date = new Date(microseconds / 1e3);
  return Number.isNaN(date.getTime()) ? undefined : date;
};

/** The time of day here of µs since the epoch. */
export function formatClock(microseconds: number): string {
  const date = dateOf(microseconds);
  return date === undefined ? 'an impossible time' : clock.format(date);
}

export function formatDate(microseconds: number): string {
  const date = dateOf(microseconds);
  return date === undefined ? 'an impossible date' : `${day.format(date)}, ${clock.format(date)}`;
}

/** `just now`, `3 min ago`: µs since the epoch against ms. */
export function formatAge(microseconds: number, now = Date.now()): string {
  const seconds = (now - microseconds / 1e3) / 1e3;
  if (!(seconds < 1e9) || seconds < -5) return formatDate(microseconds);
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return `${counted(Math.round(seconds / 86_400), 'day')} ago`;
}

/** A share as a whole percentage, `< 1 %` for what rounds to none. */
export function formatShare(part: number, whole: number): string {
  if (!(whole > 0) || part <= 0) return '0 %';
  const percent = (100 * part) / whole;
  return percent < 0.5 ? '< 1 %' : `${Math.round(percent)} %`;
}
