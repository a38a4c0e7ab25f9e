import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { Finding } from '../../../diagnosis/findings.ts';
import { savingText, whatIfText } from '../../../diagnosis/wording.ts';
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
  const setFixed = (index: number) => {
    const fixed = new Set(state.fixed);
    if (!fixed.delete(index)) fixed.add(index);
    state.setFixed(fixed);
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
            duration={finding.entry.end - finding.entry.start}
            isChosen={chosen === i}
            isFixed={state.fixed.has(i)}
            onGo={() => onFinding(i)}
            onFix={() => setFixed(i)}
          />
        ))}
      </ol>
    </>
  );
}

function Verdict({ diagnosis, state }: { diagnosis: Diagnosis; state: TraceState }) {
  const { findings, duration, whatIf } = diagnosis;
  const changeable = [...findings.keys()].filter(i => findings[i]?.change !== undefined);
  const isAll = changeable.length > 0 && changeable.every(i => state.fixed.has(i));
  const saved = duration - whatIf;
  const saving = findings.filter(each => each.saving !== undefined && each.entry === diagnosis.tree.root);
  return (
    <div class="verdict">
      <p>
        {saved > 0 ? (
          <>
            This request took <b>{formatDuration(duration)}</b>. With{' '}
            {saving.length === 1 ? 'this' : 'all of these'} fixed, it would take{' '}
            <b>{whatIfText(whatIf, saving)}</b>.
          </>
        ) : (
          <>
            This request took <b>{formatDuration(duration)}</b>. {counted(findings.length, 'finding')}:
          </>
        )}
      </p>
      {saved > 0 && (
        <button
          type="button"
          class="switch"
          aria-pressed={isAll}
          onClick={() => state.setFixed(isAll ? new Set() : new Set(changeable))}
        >
          Show it with all fixed
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
  isFixed: boolean;
  onGo(): void;
  onFix(): void;
}

function FindingItem({ finding, number, duration, isChosen, isFixed, onGo, onFix }: ItemProperties) {
  const { title, sentence, advice, cost, saving, atMost, change, spans, kind, certainty, because } = finding;
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
        {saving !== undefined && saving > 0 && <strong>{savingText({ saving, atMost })}</strong>}
        {cost > 0 && (
          <span>
            {formatDuration(cost)} on the critical path, {formatShare(cost, duration)}
          </span>
        )}
        <span>{counted(spans.length, 'span')}</span>
        <span title={because}>{certainty}</span>
      </p>
      <p class="finding-sentence">{sentence}</p>
      <p class="finding-advice">{advice}</p>
      {change !== undefined && (
        <button type="button" class="switch" aria-pressed={isFixed} onClick={onFix}>
          Show it fixed<span class="for-reader">: {title}</span>
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
        <b>No problems found in this trace.</b>
      </p>
      {most !== undefined && (
        <p>
          Most of its critical path is {most.name}:{' '}
          <span class="number">{formatDuration(most.critical)}</span>,{' '}
          <span class="number">{formatShare(most.critical, diagnosis.duration)}</span>.
        </p>
      )}
    </div>
  );
}
