import { useEffect } from 'preact/hooks';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { coloured } from '../model/colours.ts';
import { source } from '../model/source.ts';
import { useDiagnosis } from '../model/use-diagnosis.ts';
import { useLoaded } from '../model/use-loaded.ts';
import { hrefOf } from '../shell/location.ts';
import { TraceView } from './trace-view.tsx';

/** `/trace/<id>`; with `?uiFind=` as on Jaeger's page. */
export function TracePage({ id, query }: { id: string; query: URLSearchParams }) {
  const loaded = useLoaded(id, async signal => {
    const [trace] = await Promise.all([source.trace(id, signal), coloured()]);
    return trace;
  });
  if (loaded.state === 'loading') {
    return (
      <p class="message" role="status">
        Fetching the trace…
      </p>
    );
  }
  if (loaded.state === 'failed') {
    return (
      <div class="message" role="alert">
        <h1>No trace to show</h1>
        <p>{loaded.message}</p>
        <p>
          <a href={hrefOf('/search')}>Search for another</a>
        </p>
      </div>
    );
  }
  return <Diagnosed key={id} trace={loaded.value} find={query.get('uiFind') ?? ''} />;
}

function Diagnosed({ trace, find }: { trace: JaegerTrace; find: string }) {
  const diagnosed = useDiagnosis(trace);
  const { tree } = diagnosed;
  const { root } = tree;
  useEffect(() => {
    document.title = root === undefined ? 'A trace without spans' : `${root.service} ${root.name}`;
  }, [root]);
  if (root === undefined) return <p class="message">This trace has no spans.</p>;
  return <TraceView {...diagnosed} find={find} />;
}
