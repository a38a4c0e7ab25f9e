import { useMemo, useState } from 'preact/hooks';
import type { RequestComparison, RequestTimes } from '../../../diagnosis/compare.ts';
import type { PathComparison } from '../../../diagnosis/compare-paths.ts';
import { formatChange } from '../../../diagnosis/compare-text.ts';
import { counted, formatDuration } from '../model/format.ts';
import { PathRow } from './path-row.tsx';

const shownAtFirst = 12;

function verdictText(verdict: RequestComparison['verdict'], change: string): string {
  if (verdict === 'same') return 'about the same';
  return verdict === 'too-few' ? `${change}, too few to tell` : `${verdict}, ${change}`;
}

/** One kind of request: how long it took before and after, and which paths through it the change comes from. */
export function RequestView({ request, isAlone }: { request: RequestComparison; isAlone: boolean }) {
  const { service, operation, before, after, change, verdict, sentence, paths } = request;
  const [isTree, setTree] = useState(false);
  const [isAll, setAll] = useState(false);
  const ordered = useMemo(() => (isTree ? inTreeOrder(paths) : paths), [paths, isTree]);
  const shown = isAll ? ordered : ordered.slice(0, shownAtFirst);
  const most = paths.reduce((longest, { contribution }) => Math.max(longest, Math.abs(contribution)), 1);
  const longest = Math.max(before.p95, after.p95, 1);
  return (
    <section class={`request is-${verdict}`}>
      <h2>
        <span class="service">{service}</span> {operation}
        <span class="verdict-word">{verdictText(verdict, formatChange(change.by))}</span>
      </h2>
      {!isAlone && <p>{sentence}</p>}
      <div class="times-chart">
        <Times name="Before" times={before} longest={longest} />
        <Times name="After" times={after} longest={longest} />
      </div>
      <div class="compare-bar">
        <h3>Where the change comes from</h3>
        <span class="spring" />
        <fieldset class="choice">
          <legend class="for-reader">Order</legend>
          <button type="button" aria-pressed={!isTree} onClick={() => setTree(false)}>
            By contribution
          </button>
          <button type="button" aria-pressed={isTree} onClick={() => setTree(true)}>
            As the tree
          </button>
        </fieldset>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <div class="table-scroll" tabIndex={0} role="region" aria-label={`Paths of ${service} ${operation}`}>
        <table class="paths">
          <thead>
            <tr>
              <th scope="col">Path</th>
              <th scope="col">What changed</th>
              <th scope="col">Spans a trace</th>
              <th scope="col">Median before</th>
              <th scope="col">after</th>
              <th scope="col">p95 before</th>
              <th scope="col">after</th>
              <th scope="col">Critical path change</th>
              <th scope="col">Adds to the change</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((path, i) => (
              <PathRow key={i} path={path} most={most} isIndented={isTree} />
            ))}
          </tbody>
        </table>
      </div>
      {ordered.length > shownAtFirst && (
        <button type="button" class="quiet" onClick={() => setAll(!isAll)}>
          {isAll ? 'Show fewer' : `Show all ${counted(ordered.length, 'path')}`}
        </button>
      )}
    </section>
  );
}

function Times({ name, times, longest }: { name: string; times: RequestTimes; longest: number }) {
  return (
    <div class="times-row">
      <span class="times-name">{name}</span>
      <span class="times-bars" aria-hidden="true">
        <span class="times-p95" style={{ width: `${(100 * times.p95) / longest}%` }} />
        <span class="times-median" style={{ width: `${(100 * times.median) / longest}%` }} />
      </span>
      <span class="times-numbers">
        <b>{formatDuration(times.median)}</b>
        {times.traces > 1 && (
          <span class="faint">
            median of {counted(times.traces, 'trace')}, p95 {formatDuration(times.p95)}
          </span>
        )}
      </span>
    </div>
  );
}

/** Parents before their children; of siblings those that contribute most first. */
function inTreeOrder(paths: readonly PathComparison[]): PathComparison[] {
  const children = new Map<PathComparison | undefined, PathComparison[]>();
  for (const path of paths) {
    const siblings = children.get(path.parent);
    if (siblings === undefined) children.set(path.parent, [path]);
    else siblings.push(path);
  }
  const ordered: PathComparison[] = [];
  const waiting = [...(children.get(undefined) ?? [])].reverse();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    ordered.push(path);
    waiting.push(...[...(children.get(path) ?? [])].reverse());
  }
  return ordered;
}
