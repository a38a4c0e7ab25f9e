import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { counted, formatClock, formatDuration } from '../model/format.ts';
import type { TraceSummary } from '../model/summary.ts';
import { goTo, traceHref } from '../shell/location.ts';
import { onThemeChange } from '../shell/theme.ts';
import { scatterData, scatterOptions } from './scatter-options.ts';

interface Properties {
  traces: readonly TraceSummary[];
  chosen: ReadonlySet<string>;
  onChoose(ids: readonly string[]): void;
}

const height = 180;
/** px from the pointer within which a dot is meant. */
const reach = 24;

interface Hovered {
  trace: TraceSummary;
  left: number;
  top: number;
}

/** Duration over time, a dot a trace: a click opens it, dragging chooses. The list below says the same in words. */
export function Scatter({ traces, chosen, onChoose }: Properties) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [hovered, setHovered] = useState<Hovered>();
  const sorted = [...traces].sort((a, b) => a.start - b.start);
  const current = useRef({ sorted, onChoose });
  current.current = { sorted, onChoose };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const hooks = {
      onMove: (u: uPlot) => setHovered(nearest(u, current.current.sorted)),
      onSelect: (u: uPlot) => {
        const ids = within(u, current.current.sorted);
        if (ids.length > 0) current.current.onChoose(ids);
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      },
    };
    const make = () =>
      new uPlot(scatterOptions(element, height, hooks), scatterData(current.current.sorted, chosen), element);
    plot.current = make();
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    const stop = onThemeChange(() => {
      plot.current?.destroy();
      plot.current = make();
    });
    return () => {
      stop();
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(scatterData(sorted, chosen)), [traces, chosen]);
  const open = () => {
    const u = plot.current;
    const trace = u && nearest(u, sorted)?.trace;
    if (trace !== undefined) goTo(traceHref(trace.id));
  };
  return (
    <figure class="scatter">
      <figcaption class="for-reader">
        {counted(traces.length, 'trace')} by time and duration; the list has the same.
      </figcaption>
      <div ref={box} class="scatter-plot" aria-hidden="true" onClick={open} />
      {hovered && (
        <div
          class="scatter-tip"
          aria-hidden="true"
          style={{ left: `${hovered.left}px`, top: `${hovered.top}px` }}
        >
          <b>{formatDuration(hovered.trace.duration)}</b> {hovered.trace.service} {hovered.trace.operation}
          <br />
          {formatClock(hovered.trace.start)}, {counted(hovered.trace.spans, 'span')}
        </div>
      )}
    </figure>
  );
}

const pointOf = (u: uPlot, trace: TraceSummary): [number, number] => [
  u.valToPos(trace.start / 1e6, 'x'),
  u.valToPos(Math.max(1, trace.duration) / 1e6, 'y'),
];

function nearest(u: uPlot, traces: readonly TraceSummary[]): Hovered | undefined {
  const { left = -1, top = -1 } = u.cursor;
  if (left < 0) return undefined;
  let best: Hovered | undefined;
  let least = reach;
  for (const trace of traces) {
    const [x, y] = pointOf(u, trace);
    const distance = Math.hypot(x - left, y - top);
    if (distance >= least) continue;
    least = distance;
    const { width } = u.over.getBoundingClientRect();
    best = { trace, left: Math.min(x + u.over.offsetLeft, width - 160), top: y + u.over.offsetTop };
  }
  return best;
}

function within(u: uPlot, traces: readonly TraceSummary[]): string[] {
  const { left, top, width, height } = u.select;
  return traces.flatMap(trace => {
    const [x, y] = pointOf(u, trace);
    return x >= left && x <= left + width && y >= top && y <= top + height ? [trace.id] : [];
  });
}
