import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { colourClass } from '../model/colours.ts';
import { counted, formatDuration } from '../model/format.ts';
import type { Row } from '../model/rows.ts';
import { SpanDetails } from './span-details.tsx';
import { nameOf } from './waterfall-row.tsx';

interface Properties {
  row: Row;
  tree: TraceTree;
  diagnosis: Diagnosis | undefined;
  onSpans(nodes: readonly SpanNode[]): void;
}

/** The details of what a row stands for. */
export function RowDetails({ row, tree, diagnosis, onSpans }: Properties) {
  const [node] = row.nodes;
  if (node === undefined) return null;
  if (row.nodes.length === 1)
    return <SpanDetails node={node} tree={tree} diagnosis={diagnosis} onSpans={onSpans} />;
  const length = (each: SpanNode) => each.end - each.start;
  const byLength = [...row.nodes].sort((a, b) => length(b) - length(a));
  const facts: [string, SpanNode | undefined][] = [
    ['shortest', byLength.at(-1)],
    ['median', byLength[byLength.length >> 1]],
    ['longest', byLength[0]],
  ];
  return (
    <div class={`details ${colourClass(node.service)}`}>
      <h2>
        <span class="service">{node.service}</span> {nameOf(row)} ×{row.nodes.length}
      </h2>
      <dl class="facts">
        {facts.map(([name, each]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{each && formatDuration(length(each))}</dd>
          </div>
        ))}
        <div>
          <dt>together</dt>
          <dd>{formatDuration(row.nodes.reduce((sum, each) => sum + length(each), 0))}</dd>
        </div>
      </dl>
      <h3>The longest of {counted(row.nodes.length, 'span')}</h3>
      <ul class="span-list">
        {byLength.slice(0, 20).map(each => (
          <li key={each.id}>
            <button type="button" class="link" onClick={() => onSpans([each])}>
              <span>{each.name}</span>
              <span>at {formatDuration(each.start)}</span>
              <span class="number">{formatDuration(length(each))}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
