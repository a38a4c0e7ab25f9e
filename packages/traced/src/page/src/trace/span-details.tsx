import { pathTimeBySpan } from '../../../diagnosis/critical-path.ts';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { JaegerReference } from '../../../diagnosis/jaeger.ts';
import { selfTime } from '../../../diagnosis/time-use.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { colourClass } from '../model/colours.ts';
import { formatDate, formatDuration } from '../model/format.ts';
import { traceHref } from '../shell/location.ts';
import { TagTable } from './tag-table.tsx';

interface Properties {
  node: SpanNode;
  tree: TraceTree;
  diagnosis: Diagnosis | undefined;
  onSpans(nodes: readonly SpanNode[]): void;
}

/** All that a span says of itself, and what the trace says of it. */
export function SpanDetails({ node, tree, diagnosis, onSpans }: Properties) {
  const { span } = node;
  const process = tree.trace.processes?.[span.processID];
  return (
    <div class={`details ${colourClass(node.service)}`}>
      <h2>
        <span class="service">{node.service}</span> {node.name}
      </h2>
      <Facts node={node} tree={tree} diagnosis={diagnosis} />
      {(span.warnings ?? []).map(warning => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
      {node.missingParent !== undefined && (
        <p class="warning">Its parent {node.missingParent} is not in the trace.</p>
      )}
      {node.shift !== 0 && (
        <p class="warning">
          Moved by {formatDuration(Math.abs(node.shift))}, since its host’s clock differs.
        </p>
      )}
      <Around node={node} onSpans={onSpans} />
      <Events node={node} tree={tree} />
      <TagTable title="Tags" tags={span.tags ?? []} isOpen />
      <TagTable title="Process" tags={process?.tags ?? []} isOpen={false} />
      <References node={node} tree={tree} onSpans={onSpans} />
    </div>
  );
}

function Facts({ node, tree, diagnosis }: Omit<Properties, 'onSpans'>) {
  const held = diagnosis && (pathTimeBySpan(diagnosis.path).get(node) ?? 0);
  const facts: [string, string][] = [
    ['starts', `${formatDuration(node.start)} after the trace`],
    ['at', formatDate(tree.start + node.start)],
    ['lasts', formatDuration(node.end - node.start)],
    ['of this itself', formatDuration(selfTime(node))],
  ];
  if (held !== undefined) facts.push(['held the request', held > 0 ? formatDuration(held) : 'never']);
  facts.push(['kind', node.kind], ['span id', node.id]);
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Around({ node, onSpans }: Pick<Properties, 'node' | 'onSpans'>) {
  const { parent, children } = node;
  const [longest] = [...children].sort((a, b) => b.end - b.start - (a.end - a.start));
  return (
    <p class="around">
      {parent && (
        <button type="button" class="link" onClick={() => onSpans([parent])}>
          ↑ {parent.service} {parent.name}
        </button>
      )}
      {longest && (
        <button type="button" class="link" onClick={() => onSpans([longest])}>
          ↓ {longest.service} {longest.name}
          {children.length > 1 && `, the longest of ${children.length} below`}
        </button>
      )}
    </p>
  );
}

function Events({ node, tree }: { node: SpanNode; tree: TraceTree }) {
  const logs = [...(node.span.logs ?? [])].sort((a, b) => a.timestamp - b.timestamp);
  return (
    <>
      {logs.map((log, i) => (
        <TagTable
          key={i}
          title={`Event at ${formatDuration(Math.max(0, log.timestamp + node.shift - tree.start))}`}
          tags={log.fields ?? []}
          isOpen={i < 3}
        />
      ))}
    </>
  );
}

function References({ node, tree, onSpans }: Pick<Properties, 'node' | 'tree' | 'onSpans'>) {
  const others = (node.span.references ?? []).filter(
    ({ traceID, spanID }) => traceID !== tree.traceId || spanID !== node.parent?.id,
  );
  if (others.length === 0) return null;
  return (
    <section>
      <h3>References</h3>
      <ul class="span-list">
        {others.map(reference => (
          <li key={`${reference.traceID} ${reference.spanID}`}>
            <Reference reference={reference} tree={tree} onSpans={onSpans} />
          </li>
        ))}
      </ul>
    </section>
  );
}

type ReferenceProperties = { reference: JaegerReference } & Pick<Properties, 'tree' | 'onSpans'>;

function Reference({ reference: { refType, traceID, spanID }, tree, onSpans }: ReferenceProperties) {
  const kind = refType === 'FOLLOWS_FROM' ? 'follows from' : 'child of';
  const node = traceID === tree.traceId ? tree.nodes.find(({ id }) => id === spanID) : undefined;
  if (node !== undefined) {
    return (
      <button type="button" class="link" onClick={() => onSpans([node])}>
        {kind} {node.service} {node.name}
      </button>
    );
  }
  if (traceID === tree.traceId)
    return (
      <span>
        {kind} span {spanID}, which is not in the trace
      </span>
    );
  return (
    <a href={traceHref(traceID)}>
      {kind} span {spanID} in trace {traceID}
    </a>
  );
}
