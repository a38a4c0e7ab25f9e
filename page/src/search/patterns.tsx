import { useMemo } from 'preact/hooks';
import type { Finding } from '../../../diagnosis/findings.ts';
import { counted, formatDuration } from '../model/format.ts';
import type { TraceSummary } from '../model/summary.ts';
import { traceHref } from '../shell/location.ts';
import type { Verdict } from './use-verdicts.ts';

interface Properties {
  traces: readonly TraceSummary[];
  verdicts: ReadonlyMap<TraceSummary, Verdict>;
}

interface Pattern {
  key: string;
  /** Of the trace that it costs most. */
  finding: Finding;
  trace: TraceSummary;
  count: number;
  /** µs, the median over the traces that have it. */
  saving: number;
}

const shown = 5;

/** What is found again and again in these traces, the most costly first. */
export function Patterns({ traces, verdicts }: Properties) {
  const patterns = useMemo(() => patternsOf(verdicts), [verdicts]);
  if (patterns.length === 0) return null;
  return (
    <section class="patterns" aria-labelledby="patterns-title">
      <h2 id="patterns-title">What these traces have in common</h2>
      <ol>
        {patterns.slice(0, shown).map(({ key, finding, trace, count, saving }) => (
          <li key={key}>
            <a href={traceHref(trace.id)}>{finding.title}</a>
            <span class="faint">
              {finding.service} {finding.operation}
            </span>
            <span class="pattern-count">
              {count} of {counted(traces.length, 'trace')}
            </span>
            <span class="number">{saving > 0 ? `saves ${formatDuration(saving)}` : ''}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function patternsOf(verdicts: ReadonlyMap<TraceSummary, Verdict>): Pattern[] {
  const found = new Map<string, { trace: TraceSummary; finding: Finding }[]>();
  for (const [trace, { all }] of verdicts) {
    for (const finding of all) {
      const key = JSON.stringify([finding.kind, finding.service, finding.operation]);
      const same = found.get(key);
      if (same === undefined) found.set(key, [{ trace, finding }]);
      else same.push({ trace, finding });
    }
  }
  const patterns = [...found].map(([key, same]) => {
    const savings = same.map(({ finding }) => finding.saving ?? 0).sort((a, b) => a - b);
    const worst = same.reduce((a, b) => ((b.finding.saving ?? 0) > (a.finding.saving ?? 0) ? b : a));
    const count = new Set(same.map(({ trace }) => trace)).size;
    return { key, ...worst, count, saving: savings[savings.length >> 1] ?? 0 };
  });
  return patterns.sort((a, b) => b.saving * b.count - a.saving * a.count);
}
