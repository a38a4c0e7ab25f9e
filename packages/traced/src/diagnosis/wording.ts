/** How a saving is told, everywhere alike: the replay gives about what a fix saves, or no more than an upper bound. */
import { formatDuration } from './duration.ts';
import type { Finding } from './findings.ts';

/** `saves about 480 ms`, `saves at most 1.20 s`; empty where nothing can be said of the time. */
export function savingText({
  saving,
  atMost,
}: {
  saving?: number | undefined;
  atMost?: boolean | undefined;
}): string {
  if (saving === undefined || saving <= 0) return '';
  return `saves ${atMost === true ? 'at most' : 'about'} ${formatDuration(saving)}`;
}

/** What the request would take with findings fixed: `about 220 ms`, or, where a saving is an upper bound, `at best 30 ms`. */
export function whatIfText(whatIf: number, findings: readonly Pick<Finding, 'atMost' | 'saving'>[]): string {
  const isBound = findings.some(({ atMost, saving }) => atMost === true && saving !== undefined);
  return `${isBound ? 'at best' : 'about'} ${formatDuration(whatIf)}`;
}

/** Why a finding is no surer than it is; empty for what the spans show. */
export const reasonText = ({ certainty, because }: Pick<Finding, 'certainty' | 'because'>): string =>
  certainty === 'measured' ? '' : `Only ${certainty}: ${because}.`;

export const noProblems = 'No problems found.';
