import { savingText } from '../../../diagnosis/wording.ts';
import { counted } from '../model/format.ts';
import type { Pattern } from '../model/tasks.ts';
import { traceHref } from '../shell/location.ts';

const shown = 5;

/** What is found again and again in these traces, the most costly over all of them first. */
export function Patterns({ patterns, traces }: { patterns: readonly Pattern[]; traces: number }) {
  if (patterns.length === 0) return null;
  return (
    <section class="patterns" aria-labelledby="patterns-title">
      <h2 id="patterns-title">What to fix first</h2>
      <ol>
        {patterns
          .slice(0, shown)
          .map(({ title, service, operation, example, saving, atMost, traces: count }, i) => (
            <li key={i}>
              <a href={traceHref(example)}>{title}</a>
              <span class="faint">
                {service} {operation}
              </span>
              <span class="pattern-count">
                in {count} of {counted(traces, 'trace')}
              </span>
              <span class="number">{savingText({ saving, atMost })}</span>
            </li>
          ))}
      </ol>
    </section>
  );
}
