import type { SpanNode } from '../../../diagnosis/tree.ts';
import { type Bar, barsOf, type Positions } from '../model/bars.ts';
import { colourClass } from '../model/colours.ts';
import { formatDuration } from '../model/format.ts';
import type { Row } from '../model/rows.ts';
import type { View } from '../model/zoom.ts';
import { Icon } from '../shell/icon.tsx';

interface Properties {
  row: Row;
  index: number;
  /** px from the list's top. */
  top: number;
  view: View;
  /** Where the spans would be, in a what-if. */
  positions: Positions | undefined;
  /** The numbers of the findings that stand on a span. */
  marks: ReadonlyMap<SpanNode, number[]>;
  /** µs of the critical path. */
  held: number;
  isActive: boolean;
  isSelected: boolean;
  /** Undefined where nothing is looked for. */
  isFound: boolean | undefined;
  isChosen: boolean;
  onToggle(row: Row): void;
  onSelect(key: string): void;
}

export function WaterfallRow(properties: Properties) {
  const { row, index, top, view, positions, marks, isActive, isSelected, isFound, isChosen } = properties;
  const [node] = row.nodes;
  if (node === undefined) return null;
  const numbers = [...new Set(row.nodes.flatMap(each => marks.get(each) ?? []))];
  const isFailed = row.nodes.some(({ failed }) => failed);
  const classes = ['row', colourClass(node.service)];
  if (isSelected) classes.push('is-selected');
  if (isChosen) classes.push('is-chosen');
  if (isFound !== undefined) classes.push(isFound ? 'is-found' : 'is-not-found');
  if (isFailed) classes.push('is-failed');
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys of all its rows
    <div
      role="row"
      class={classes.join(' ')}
      data-key={row.key}
      tabIndex={isActive ? 0 : -1}
      aria-rowindex={index + 2}
      aria-level={row.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={row.isFoldable ? row.isOpen : undefined}
      aria-selected={isSelected}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => properties.onSelect(row.key)}
    >
      <div role="gridcell" class="cell-name">
        <span class="indent" style={{ width: `${Math.min(row.depth, 24) * 12}px` }} />
        <Twisty row={row} onToggle={properties.onToggle} />
        <span class="swatch" />
        <span class="service">{node.service}</span>
        <span class="name">{nameOf(row)}</span>
        {row.nodes.length > 1 && <span class="times">×{row.nodes.length.toLocaleString('en')}</span>}
        {isFailed && (
          <span class="failed-sign" title="failed">
            <Icon name="error" />
            <span class="for-reader">failed</span>
          </span>
        )}
        {numbers.map(number => (
          <span key={number} class="mark" title={`finding ${number}`}>
            <span class="for-reader">finding </span>
            {number}
          </span>
        ))}
      </div>
      <div role="gridcell" class="cell-time">
        {formatDuration(shownTime(row, positions).length)}
      </div>
      <div role="gridcell" class="cell-bars" aria-label={timeInWords(row, positions, properties.held)}>
        {positions !== undefined && <Ghosts nodes={row.nodes} view={view} positions={positions} />}
        {barsOf(row.nodes, view, positions).map((bar, i) => (
          <BarBox key={i} bar={bar} kind="bar" />
        ))}
      </div>
    </div>
  );
}

function Twisty({ row, onToggle }: { row: Row; onToggle(row: Row): void }) {
  if (!row.isFoldable) return <span class="twisty" />;
  const onClick = (event: Event) => {
    event.stopPropagation();
    onToggle(row);
  };
  // Not a button of its own for the keyboard and for readers: the row says whether it is open, and the arrows do it.
  return (
    <span class="twisty" aria-hidden="true" onClick={onClick}>
      <Icon name={row.isOpen ? 'open' : 'closed'} />
    </span>
  );
}

function BarBox({ bar, kind }: { bar: Bar; kind: 'bar' | 'ghost' }) {
  return <span class={kind} style={{ left: `${bar.left}%`, width: `${bar.width}%` }} />;
}

/** Where the spans were, for those that would be elsewhere. */
function Ghosts({
  nodes,
  view,
  positions,
}: {
  nodes: readonly SpanNode[];
  view: View;
  positions: Positions;
}) {
  const moved = nodes.filter(node => {
    const { start = 0, end = 0 } = positions.get(node) ?? {};
    return Math.abs(start - node.start) + Math.abs(end - node.end) > 1;
  });
  return (
    <>
      {barsOf(moved, view).map((bar, i) => (
        <BarBox key={i} bar={bar} kind="ghost" />
      ))}
    </>
  );
}

/** Names that differ in their numbers only have a # for these. */
export function nameOf({ nodes }: Row): string {
  const [first] = nodes;
  const name = first?.name ?? '';
  return nodes.every(node => node.name === name) ? name : name.replaceAll(/\d+/g, '#');
}

function timeInWords(row: Row, positions: Positions | undefined, held: number): string {
  const from = `from ${formatDuration(shownTime(row, positions).start)}`;
  return held > 0 ? `${from}, on the critical path for ${formatDuration(held)}` : from;
}

/** µs: from the first start to the last end. */
function shownTime({ nodes }: Row, positions: Positions | undefined): { start: number; length: number } {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const node of nodes) {
    const place = positions?.get(node) ?? node;
    start = Math.min(start, place.start);
    end = Math.max(end, place.end);
  }
  return { start, length: end - start };
}
