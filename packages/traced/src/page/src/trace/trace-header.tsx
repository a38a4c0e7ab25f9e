import type { TraceTree } from '../../../diagnosis/tree.ts';
import { colourClass } from '../model/colours.ts';
import { counted, formatDate, formatDuration } from '../model/format.ts';
import { source } from '../model/source.ts';
import type { WhatIf } from '../model/what-if.ts';

interface Properties {
  tree: TraceTree;
  whatIf: WhatIf | undefined;
}

export function TraceHeader({ tree, whatIf }: Properties) {
  const { root, traceId, nodes } = tree;
  const took = root === undefined ? 0 : root.end - root.start;
  const services = [...new Set(nodes.map(({ service }) => service))];
  const errors = nodes.filter(({ failed }) => failed).length;
  return (
    <header class="trace-header">
      <h1>
        <span class="service">{root?.service}</span> {root?.name}
      </h1>
      <p class="trace-took">
        {whatIf === undefined ? (
          formatDuration(took)
        ) : (
          <>
            <del>
              <span class="for-reader">took </span>
              {formatDuration(took)}
            </del>{' '}
            <ins>
              <span class="for-reader">would take </span>
              {formatDuration(whatIf.duration)}
            </ins>
          </>
        )}
      </p>
      <p class="trace-facts">
        <span>{formatDate(tree.start)}</span>
        <span>{counted(nodes.length, 'span')}</span>
        {errors > 0 && <span class="trace-errors">{counted(errors, 'error')}</span>}
        <span class="trace-id">{traceId}</span>
        {!source.isFile && <a href={`/api/traces/${encodeURIComponent(traceId)}?prettyPrint=true`}>JSON</a>}
      </p>
      <ul class="legend" aria-label="Services">
        {services.slice(0, 12).map(service => (
          <li key={service} class={colourClass(service)}>
            <span class="swatch" />
            {service}
          </li>
        ))}
        {services.length > 12 && <li>and {services.length - 12} more</li>}
      </ul>
      {tree.notes.length > 0 && (
        <ul class="notes" aria-label="What was wrong with the data">
          {tree.notes.map(note => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </header>
  );
}
