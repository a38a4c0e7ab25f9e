import { useEffect, useMemo, useState } from 'preact/hooks';
import { colourClass, coloured, colourServices } from '../model/colours.ts';
import { counted } from '../model/format.ts';
import { source } from '../model/source.ts';
import type { ServiceCalls } from '../model/source-types.ts';
import { useLoaded } from '../model/use-loaded.ts';
import { useMedia } from '../model/use-media.ts';
import { hrefOf } from '../shell/location.ts';
import { callsSince } from './calls.ts';
import { curve, placed } from './graph-layout.ts';

const lookbacks: readonly [number, string][] = [
  [3_600_000, 'Last hour'],
  [86_400_000, 'Last day'],
  [604_800_000, 'Last week'],
];

/** Which services call which, and how often. */
export function GraphPage() {
  const [lookback, setLookback] = useState(86_400_000);
  const loaded = useLoaded(`calls ${lookback}`, async () => {
    await coloured();
    return callsSince(lookback);
  });
  useEffect(() => {
    document.title = 'Services';
  }, []);
  return (
    <div class="graph-page">
      <div class="results-head">
        <h1>Services and their calls</h1>
        {!source.isFile && (
          <label>
            <span class="for-reader">Since</span>
            <select value={lookback} onChange={event => setLookback(Number(event.currentTarget.value))}>
              {lookbacks.map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {loaded.state === 'loading' && <p role="status">Counting the calls…</p>}
      {loaded.state === 'failed' && (
        <p class="message" role="alert">
          {loaded.message}
        </p>
      )}
      {loaded.state === 'ready' && loaded.value.list.length === 0 && (
        <p class="message">No service has called another in this time.</p>
      )}
      {loaded.state === 'ready' && loaded.value.list.length > 0 && (
        <>
          {loaded.value.traces !== undefined && (
            <p class="faint">Counted in the {counted(loaded.value.traces, 'newest trace')}.</p>
          )}
          <ServiceGraph calls={loaded.value.list} />
          <CallTable calls={loaded.value.list} />
        </>
      )}
    </div>
  );
}

function ServiceGraph({ calls }: { calls: readonly ServiceCalls[] }) {
  const isNarrow = useMedia('(max-width: 60rem)');
  const [chosen, setChosen] = useState<string>();
  const graph = useMemo(() => {
    colourServices(calls.flatMap(({ parent, child }) => [parent, child]));
    const across = placed(calls, 'LR', isNarrow);
    const down = placed(calls, 'TB', isNarrow);
    // Where there is little room, whichever needs less of it.
    return isNarrow && down.width < across.width ? down : across;
  }, [calls, isNarrow]);
  const most = calls.reduce((count, { callCount }) => Math.max(count, callCount), 1);
  const isFar = (...names: string[]) => chosen !== undefined && !names.includes(chosen);
  const near = new Set(
    calls.flatMap(({ parent, child }) => (parent === chosen || child === chosen ? [parent, child] : [])),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div class="graph" tabIndex={0} role="region" aria-label="Graph of the services">
      <svg
        width={graph.width}
        height={graph.height}
        viewBox={`0 0 ${graph.width} ${graph.height}`}
        role="group"
        aria-label="Services"
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="12"
            markerHeight="12"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.5L8 4L0 7.5z" />
          </marker>
        </defs>
        {graph.calls.map(({ parent, child, callCount, points, x, y }) => (
          // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; the services say the same
          <g
            key={`${parent}\n${child}`}
            class={isFar(parent, child) ? 'graph-call is-far' : 'graph-call'}
            aria-hidden="true"
          >
            <path
              d={curve(points)}
              style={{ strokeWidth: `${1 + 1.5 * (Math.log1p(callCount) / Math.log1p(most))}` }}
              marker-end="url(#arrow)"
            />
            <rect
              x={x - 5 - String(callCount).length * 4}
              y={y - 9}
              width={10 + String(callCount).length * 8}
              height="18"
              rx="9"
            />
            <text x={x} y={y + 4}>
              {callCount.toLocaleString('en')}
            </text>
          </g>
        ))}
        {graph.services.map(({ name, x, y, width, height }) => (
          <a
            key={name}
            class={`graph-service ${colourClass(name)}${chosen !== undefined && chosen !== name && !near.has(name) ? ' is-far' : ''}`}
            href={source.isFile ? hrefOf('/') : hrefOf('/search', new URLSearchParams({ service: name }))}
            aria-label={describe(name, calls)}
            onMouseEnter={() => setChosen(name)}
            onMouseLeave={() => setChosen(undefined)}
            onFocus={() => setChosen(name)}
            onBlur={() => setChosen(undefined)}
          >
            <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx="8" />
            <circle cx={x - width / 2 + 16} cy={y} r="5" />
            <text x={x - width / 2 + 28} y={y + 5}>
              {name.length > 26 ? `${name.slice(0, 25)}…` : name}
            </text>
          </a>
        ))}
      </svg>
    </div>
  );
}

function describe(name: string, calls: readonly ServiceCalls[]): string {
  const made = calls
    .filter(({ parent }) => parent === name)
    .map(({ child, callCount }) => `${child} ${callCount} times`);
  const got = calls.filter(({ child }) => child === name).map(({ parent }) => parent);
  const parts = [name];
  if (made.length > 0) parts.push(`calls ${made.join(', ')}`);
  if (got.length > 0) parts.push(`is called by ${got.join(', ')}`);
  return parts.join('; ');
}

function CallTable({ calls }: { calls: readonly ServiceCalls[] }) {
  const sorted = [...calls].sort((a, b) => b.callCount - a.callCount);
  return (
    <table class="call-table">
      <caption>Calls</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col">Calls</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map(({ parent, child, callCount }) => (
          <tr key={`${parent}\n${child}`}>
            {[parent, child].map((name, i) => (
              <td key={i}>
                <span class={`chip ${colourClass(name)}`}>
                  <span class="swatch" />
                  {name}
                </span>
              </td>
            ))}
            <td class="number">{callCount.toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
