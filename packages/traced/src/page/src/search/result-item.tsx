import { savingText } from '../../../diagnosis/wording.ts';
import { colourClass } from '../model/colours.ts';
import { counted, formatAge, formatClock, formatDate, formatDuration } from '../model/format.ts';
import type { TraceSummary } from '../model/summary.ts';
import type { Verdict } from '../model/tasks.ts';
import { traceHref } from '../shell/location.ts';

interface Properties {
  trace: TraceSummary;
  verdict: Verdict | undefined;
  /** Of the longest in the list. */
  share: number;
  isNew: boolean;
  isChosen: boolean;
  onChoose(): void;
}

const shownServices = 6;

export function ResultItem({ trace, verdict, share, isNew, isChosen, onChoose }: Properties) {
  const { id, service, operation, start, duration, spans, errors, services } = trace;
  const classes = ['result', colourClass(service)];
  if (isNew) classes.push('is-new');
  if (isChosen) classes.push('is-chosen');
  return (
    <li class={classes.join(' ')}>
      <input
        type="checkbox"
        checked={isChosen}
        onChange={onChoose}
        aria-label={`Choose ${service} ${operation} of ${formatClock(start)} to compare`}
      />
      <a class="result-name" href={traceHref(id)}>
        <span class="service">{service}</span> {operation}
      </a>
      <span class="result-time">{formatDuration(duration)}</span>
      <span class="result-bar" aria-hidden="true">
        <span style={{ width: `${Math.max(0.5, 100 * share)}%` }} />
      </span>
      <p class="result-facts">
        <time dateTime={isoOf(start)} title={formatDate(start)}>
          {formatAge(start)}
        </time>
        <span>{counted(spans, 'span')}</span>
        {errors > 0 && <span class="result-errors">{counted(errors, 'error')}</span>}
        {services.slice(0, shownServices).map(([name, count]) => (
          <span key={name} class={`chip ${colourClass(name)}`}>
            <span class="swatch" />
            {name} <span class="faint">{count}</span>
          </span>
        ))}
        {services.length > shownServices && <span>and {services.length - shownServices} more</span>}
      </p>
      {verdict !== undefined && verdict.findings > 0 && (
        <p class="result-finding">
          <span class="finding-dot" aria-hidden="true" />
          {verdict.title}
          {verdict.saving > 0 && <span class="result-saving">{savingText(verdict)}</span>}
          {verdict.findings > 1 && <span class="faint">and {verdict.findings - 1} more</span>}
        </p>
      )}
    </li>
  );
}

function isoOf(microseconds: number): string {
  const date = new Date(microseconds / 1e3);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
