import type uPlot from 'uplot';
import { formatClock, formatDuration } from '../model/format.ts';
import type { TraceSummary } from '../model/summary.ts';

interface Hooks {
  onMove(u: uPlot): void;
  onSelect(u: uPlot): void;
}

/** Traces by start as uPlot has them: the times in s, and a line of dots for each of what is told apart. */
export function scatterData(traces: readonly TraceSummary[], chosen: ReadonlySet<string>): uPlot.AlignedData {
  const dots = (isShown: (trace: TraceSummary) => boolean) =>
    traces.map(trace => (isShown(trace) ? Math.max(1, trace.duration) / 1e6 : null));
  return [
    traces.map(({ start }) => start / 1e6),
    dots(({ errors }) => errors === 0),
    dots(({ errors }) => errors > 0),
    dots(({ id }) => chosen.has(id)),
  ];
}

/** A canvas knows no style sheet, so its colours are read off the page. */
export function scatterOptions(element: HTMLElement, height: number, hooks: Hooks): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => resolved(element, `var(${name})`);
  const faint = colour('--faint');
  const line = colour('--line');
  const axis: uPlot.Axis = {
    stroke: faint,
    font: `12px ${style.fontFamily}`,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
  };
  const filter = (_u: uPlot, splits: number[]) => splits.map(decade);
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    padding: [12, 12, 0, 0],
    cursor: {
      x: false,
      y: false,
      points: { show: false },
      drag: { x: true, y: true, setScale: false, dist: 6 },
    },
    scales: {
      x: { time: true, range: (_u, min, max) => padded(min, max) },
      y: { distr: 3, log: 10, range: (_u, min, max) => [min * 0.6, max * 1.6] },
    },
    axes: [
      {
        ...axis,
        space: 80,
        size: 30,
        values: (_u, splits) => splits.map(second => formatClock(second * 1e6).slice(0, 8)),
      },
      {
        ...axis,
        size: 64,
        filter,
        grid: { ...axis.grid, filter },
        ticks: { ...axis.ticks, filter },
        values: (_u, splits) => splits.map(inWords),
      },
    ],
    series: [
      {},
      series(colour('--accent'), 6),
      series(colour('--bad'), 8),
      {
        ...series(colour('--ink'), 12),
        points: { show: true, size: 12, width: 2, fill: 'transparent', stroke: colour('--ink') },
      },
    ],
    hooks: { setCursor: [hooks.onMove], setSelect: [hooks.onSelect] },
  };
}

function series(stroke: string, size: number): uPlot.Series {
  return { stroke, paths: () => null, points: { show: true, size, fill: stroke, stroke, width: 0 } };
}

/** One trace alone, or several of the same second, have room about them. */
function padded(min: number, max: number): [number, number] {
  const room = Math.max(5, (max - min) * 0.04);
  return [min - room, max + room];
}

/** Of a logarithmic axis' lines those at 1, 10, 100 and so on, and halfway between. */
function decade(seconds: number | null): number | null {
  if (seconds === null || seconds <= 0) return null;
  const digit = Number(seconds.toExponential(0).split('e')[0]);
  return digit === 1 || digit === 3 ? seconds : null;
}

const inWords = (seconds: number | null): string => (seconds === null ? '' : formatDuration(seconds * 1e6));

function resolved(element: HTMLElement, colour: string): string {
  const before = element.style.color;
  element.style.color = colour;
  const text = getComputedStyle(element).color;
  element.style.color = before;
  return text;
}
