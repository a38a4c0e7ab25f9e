import { useEffect } from 'preact/hooks';
import { inBackground } from '../model/background.ts';
import { coloured } from '../model/colours.ts';
import { counted } from '../model/format.ts';
import { source } from '../model/source.ts';
import { useLoaded } from '../model/use-loaded.ts';
import { hrefOf, traceHref } from '../shell/location.ts';
import { compareSets, setsOf, storedSets } from './compare-sets.ts';
import { RequestView } from './request-view.tsx';

/** `/compare?a=<ids>&b=<ids>`: traces from before and after a change. */
export function ComparePage({ query }: { query: URLSearchParams }) {
  const asked = setsOf(query);
  const sets = asked.a.length + asked.b.length > 0 ? asked : storedSets();
  useEffect(() => {
    document.title = 'Compare traces';
  }, []);
  const loaded = useLoaded(JSON.stringify(sets), async signal => {
    if (sets.a.length === 0 || sets.b.length === 0) return undefined;
    const [before, after] = await Promise.all([
      source.traces(sets.a, signal),
      source.traces(sets.b, signal),
      coloured(),
    ]);
    return inBackground('compare', { before, after });
  });
  if (sets.a.length === 0 || sets.b.length === 0) return <HowTo />;
  return (
    <div class="compare">
      <h1>Before and after</h1>
      <div class="compare-sets">
        <SetLinks name="Before" ids={sets.a} />
        <SetLinks name="After" ids={sets.b} />
        <a href={hrefOf('/compare', compareSets({ a: sets.b, b: sets.a }))}>Exchange the two</a>
      </div>
      {loaded.state === 'loading' && <p role="status">Comparing…</p>}
      {loaded.state === 'failed' && (
        <p class="message" role="alert">
          {loaded.message}
        </p>
      )}
      {loaded.state === 'ready' && loaded.value !== undefined && (
        <>
          <p class="compare-conclusion">{loaded.value.conclusion}</p>
          {loaded.value.requests.map(request => (
            <RequestView
              key={`${request.service} ${request.operation}`}
              request={request}
              isAlone={loaded.value?.requests.length === 1}
            />
          ))}
          <Lone title="Only before" requests={loaded.value.onlyBefore} />
          <Lone title="Only after" requests={loaded.value.onlyAfter} />
        </>
      )}
    </div>
  );
}

function HowTo() {
  return (
    <div class="message">
      <h1>Compare traces</h1>
      <p>
        {source.isFile ? (
          <>
            Choose two in <a href={hrefOf('/')}>the list</a>, or some as before and others as after.
          </>
        ) : (
          <>
            <a href={hrefOf('/search')}>Search</a> and choose two traces; or choose some as before, search
            again, and choose others as after.
          </>
        )}
      </p>
    </div>
  );
}

const shownLinks = 6;

function SetLinks({ name, ids }: { name: string; ids: readonly string[] }) {
  return (
    <p>
      <b>{name}</b> {counted(ids.length, 'trace')}:{' '}
      {ids.slice(0, shownLinks).map(id => (
        <a key={id} class="short-id" href={traceHref(id)}>
          {id.slice(0, 7)}
        </a>
      ))}
      {ids.length > shownLinks && <span class="faint">and {ids.length - shownLinks} more</span>}
    </p>
  );
}

interface LoneProperties {
  title: string;
  requests: readonly { service: string; operation: string; traces: number }[];
}

function Lone({ title, requests }: LoneProperties) {
  if (requests.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {requests.map(({ service, operation, traces }) => (
          <li key={`${service} ${operation}`}>
            <span class="service">{service}</span> {operation}{' '}
            <span class="faint">{counted(traces, 'trace')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
