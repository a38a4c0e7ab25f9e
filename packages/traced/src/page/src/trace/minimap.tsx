import { useMemo, useRef, useState } from 'preact/hooks';
import type { PathSection } from '../../../diagnosis/critical-path.ts';
import type { TraceTree } from '../../../diagnosis/tree.ts';
import { colourClass } from '../model/colours.ts';
import { formatDuration } from '../model/format.ts';
import { lengthOf, panned, type View } from '../model/zoom.ts';

interface Properties {
  tree: TraceTree;
  path: readonly PathSection[];
  view: View;
  onView(view: View): void;
}

/** So many lines and so many columns tell the trace's shape. */
const lines = 24;
const columns = 1_000;

type Grip = 'from' | 'to' | 'both' | 'new';

/** The whole trace, small, with what is in view marked: a handle at either end, and between them the part itself. */
export function Minimap({ tree, path, view, onView }: Properties) {
  const box = useRef<HTMLDivElement>(null);
  const [grip, setGrip] = useState<{ grip: Grip; at: number; view: View }>();
  const spans = useMemo(() => spanShapes(tree), [tree]);
  const held = useMemo(() => pathShapes(tree, path), [tree, path]);
  const duration = Math.max(1, tree.duration);
  const timeAt = (event: PointerEvent) => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return Math.max(0, Math.min(1, (event.clientX - left) / width)) * duration;
  };
  const hold = (event: PointerEvent, part: Grip) => {
    event.stopPropagation();
    event.preventDefault();
    box.current?.setPointerCapture(event.pointerId);
    setGrip({ grip: part, at: timeAt(event), view });
  };
  const onMove = (event: PointerEvent) => {
    if (grip !== undefined) onView(moved(grip, timeAt(event)));
  };
  const percent = (time: number) => `${(100 * time) / duration}%`;
  return (
    <div class="minimap">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its handles are for the keyboard */}
      <div
        class="minimap-box"
        ref={box}
        onPointerDown={event => hold(event, 'new')}
        onPointerMove={onMove}
        onPointerUp={() => setGrip(undefined)}
        onPointerCancel={() => setGrip(undefined)}
        onDblClick={() => onView({ from: 0, to: duration })}
      >
        <svg viewBox={`0 0 ${columns} ${lines + 4}`} preserveAspectRatio="none" aria-hidden="true">
          {spans.map(([service, d]) => (
            <path key={service} class={`minimap-spans ${colourClass(service)}`} d={d} />
          ))}
          {held.map(([service, d]) => (
            <path key={service} class={`minimap-held ${colourClass(service)}`} d={d} />
          ))}
        </svg>
        <span class="minimap-shade" style={{ left: '0', width: percent(view.from) }} />
        <span class="minimap-shade" style={{ left: percent(view.to), right: '0' }} />
        <span
          class="minimap-window"
          style={{ left: percent(view.from), width: percent(lengthOf(view)) }}
          onPointerDown={event => hold(event, lengthOf(view) < duration * 0.999 ? 'both' : 'new')}
        />
        <Handle end="from" view={view} duration={duration} onView={onView} onHold={hold} />
        <Handle end="to" view={view} duration={duration} onView={onView} onHold={hold} />
      </div>
    </div>
  );
}

interface HandleProperties {
  end: 'from' | 'to';
  view: View;
  duration: number;
  onView(view: View): void;
  onHold(event: PointerEvent, grip: Grip): void;
}

function Handle({ end, view, duration, onView, onHold }: HandleProperties) {
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) onView(panned(view, 0.1 * step, duration));
    else onView({ ...view, [end]: view[end] + (step * duration) / 50 });
  };
  return (
    <span
      class="minimap-handle"
      role="slider"
      tabIndex={0}
      aria-label={end === 'from' ? 'Shown from' : 'Shown to'}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={Math.round(view[end])}
      aria-valuetext={formatDuration(view[end])}
      style={{ left: `${(100 * view[end]) / duration}%` }}
      onKeyDown={onKey}
      onPointerDown={event => onHold(event, end)}
    />
  );
}

function moved({ grip, at, view }: { grip: Grip; at: number; view: View }, time: number): View {
  if (grip === 'new') {
    // A click without a way is no choice of a part.
    return Math.abs(time - at) < 1 ? view : { from: Math.min(at, time), to: Math.max(at, time) };
  }
  if (grip === 'both') return { from: view.from + time - at, to: view.to + time - at };
  return grip === 'from'
    ? { from: Math.min(time, view.to), to: view.to }
    : { from: view.from, to: Math.max(time, view.from) };
}

/** Shapes by service, each drawn once. */
class Shapes {
  readonly #drawn = new Set<string>();
  readonly #parts = new Map<string, string[]>();

  add(service: string, from: number, to: number, top: number, height: number): void {
    const d = `M${from} ${top.toFixed(1)}H${to}v${height.toFixed(1)}H${from}z`;
    if (this.#drawn.has(d)) return;
    this.#drawn.add(d);
    const own = this.#parts.get(service);
    if (own === undefined) this.#parts.set(service, [d]);
    else own.push(d);
  }

  paths(): [string, string][] {
    return [...this.#parts].map(([service, parts]) => [service, parts.join('')]);
  }
}

/** All spans, in no more lines than can be seen. */
function spanShapes({ nodes, duration }: TraceTree): [string, string][] {
  const shapes = new Shapes();
  const scale = columns / Math.max(1, duration);
  const shown = Math.min(lines, nodes.length);
  const height = lines / shown;
  nodes.forEach(({ service, start, end }, i) => {
    const from = Math.floor(start * scale);
    const to = Math.max(from + 2, Math.ceil(end * scale));
    shapes.add(service, from, to, (Math.floor((i * shown) / nodes.length) + 0.15) * height, 0.7 * height);
  });
  return shapes.paths();
}

/** Below them, which service the critical path is in. */
function pathShapes({ duration }: TraceTree, path: readonly PathSection[]): [string, string][] {
  const shapes = new Shapes();
  const scale = columns / Math.max(1, duration);
  for (const { node, start, end } of path) {
    const from = Math.round(start * scale);
    const to = Math.round(end * scale);
    if (to > from) shapes.add(node.service, from, to, lines + 1.4, 2.6);
  }
  return shapes.paths();
}
