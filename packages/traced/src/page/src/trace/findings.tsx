import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { Finding } from '../../../diagnosis/findings.ts';
import { counted, formatDuration, formatShare } from '../model/format.ts';
import type { TraceState } from './trace-state.ts';

interface Properties {
  diagnosis: Diagnosis | undefined;
  error: string | undefined;
  state: TraceState;
  chosen: number | undefined;
  onFinding(index: number): void;
}

/** What a colleague who has read the trace would say. */
export function Findings({ diagnosis, error, state, chosen, onFinding }: Properties) {
  if (error !== undefined) {
    return (
      <p class="advice-none" role="alert">
        The trace could not be diagnosed: {error}
      </p>
    );
  }
  if (diagnosis === undefined) {
    return (
      <p class="advice-none" role="status">
        Reading the trace…
      </p>
    );
  }
  const { findings } = diagnosis;
  if (findings.length === 0) return <NothingFound diagnosis={diagnosis} />;
  const setMended = (index: number) => {
    const mended = new Set(state.mended);
    if (!mended.delete(index)) mended.add(index);
    state.setMended(mended);
  };
  return (
    <>
      <Verdict diagnosis={diagnosis} state={state} />
      <ol class="findings">
        {findings.map((finding, i) => (
          <FindingItem
            key={i}
            finding={finding}
            number={i + 1}
            duration={diagnosis.duration}
            isChosen={chosen === i}
            isMended={state.mended.has(i)}
            onGo={() => onFinding(i)}
            onMend={() => setMended(i)}
          />
        ))}
      </ol>
    </>
  );
}

function Verdict({ diagnosis, state }: { diagnosis: Diagnosis; state: TraceState }) {
  const { findings, duration, whatIf } = diagnosis;
  const changeable = [...findings.keys()].filter(i => findings[i]?.change !== undefined);
  const isAll = changeable.length > 0 && changeable.every(i => state.mended.has(i));
  const saved = duration - whatIf;
  return (
    <div class="verdict">
      <p>
        {saved > 0 ? (
          <>
            This request took <b>{formatDuration(duration)}</b>. It would take <b>{formatDuration(whatIf)}</b>{' '}
            with {findings.length === 1 ? 'this' : `these ${findings.length}`} mended.
          </>
        ) : (
          <>
            This request took <b>{formatDuration(duration)}</b>. {counted(findings.length, 'thing')} to know
            about it:
          </>
        )}
      </p>
      {saved > 0 && (
        <button
          type="button"
          class="switch"
          aria-pressed={isAll}
          onClick={() => state.setMended(isAll ? new Set() : new Set(changeable))}
        >
          Show it all mended
        </button>
      )}
    </div>
  );
}

interface ItemProperties {
  finding: Finding;
  number: number;
  duration: number;
  isChosen: boolean;
  isMended: boolean;
  onGo(): void;
  onMend(): void;
}

function FindingItem({ finding, number, duration, isChosen, isMended, onGo, onMend }: ItemProperties) {
  const { title, sentence, advice, cost, saving, atMost, change, spans, kind } = finding;
  return (
    <li class={`finding finding-${kind}${isChosen ? ' is-chosen' : ''}`}>
      <h2>
        <button
          type="button"
          class="finding-title"
          onClick={onGo}
          aria-current={isChosen ? 'true' : undefined}
        >
          <span class="mark" aria-hidden="true">
            {number}
          </span>
          <span>{title}</span>
        </button>
      </h2>
      <p class="finding-cost">
        {saving !== undefined && saving > 0 && (
          <strong>
            saves {atMost === true && 'up to '}
            {formatDuration(saving)}
          </strong>
        )}
        {cost > 0 && (
          <span>
            held {formatDuration(cost)}, {formatShare(cost, duration)}
          </span>
        )}
        <span>{counted(spans.length, 'span')}</span>
      </p>
      <p class="finding-sentence">{sentence}</p>
      <p class="finding-advice">{advice}</p>
      {change !== undefined && (
        <button type="button" class="switch" aria-pressed={isMended} onClick={onMend}>
          Show it mended<span class="for-reader">: {title}</span>
        </button>
      )}
    </li>
  );
}

function NothingFound({ diagnosis }: { diagnosis: Diagnosis }) {
  const [most] = diagnosis.time.byOperation;
  return (
    <div class="advice-none">
      <p>
        <b>Nothing to mend was found in this trace.</b>
      </p>
      {most !== undefined && (
        <p>
          What held it longest is {most.name}: <span class="number">{formatDuration(most.critical)}</span>,{' '}
          <span class="number">{formatShare(most.critical, diagnosis.duration)}</span>.
        </p>
      )}
    </div>
  );
}
