/** Where each service and each call between two of them is drawn. */
import { Graph, layout } from '@dagrejs/dagre';
import type { ServiceCalls } from '../model/source-types.ts';

export interface PlacedService {
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedCalls extends ServiceCalls {
  points: { x: number; y: number }[];
  /** Where its number goes. */
  x: number;
  y: number;
}

export interface PlacedGraph {
  width: number;
  height: number;
  services: PlacedService[];
  calls: PlacedCalls[];
}

const margin = 16;

/** px of the label's text, about: a canvas to measure it would cost more than it is worth. */
const widthOf = (name: string): number => Math.min(260, 48 + name.length * 8.4);

export function placed(
  calls: readonly ServiceCalls[],
  direction: 'LR' | 'TB',
  isTight: boolean,
): PlacedGraph {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({
    rankdir: direction,
    nodesep: isTight ? 16 : 28,
    ranksep: isTight ? 40 : 84,
    marginx: isTight ? 2 : margin,
    marginy: margin,
  });
  for (const name of new Set(calls.flatMap(({ parent, child }) => [parent, child]))) {
    graph.setNode(name, { width: widthOf(name), height: 38 });
  }
  for (const { parent, child, callCount } of calls) {
    graph.setEdge(parent, child, { width: 10 + String(callCount).length * 8, height: 18, labelpos: 'c' });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    services: graph
      .nodes()
      .map((name: string) => ({ ...(graph.node(name) as Omit<PlacedService, 'name'>), name })),
    calls: calls.map(call => {
      const edge = graph.edge(call.parent, call.child) as Pick<PlacedCalls, 'points' | 'x' | 'y'>;
      const ends = [graph.node(call.parent), graph.node(call.child)] as [PlacedService, PlacedService];
      return { ...call, ...edge, points: fromSides(edge.points, ends, direction) };
    }),
  };
}

/** Lines leave the middle of a side and arrive at one, wherever on the box the layout has them end. */
function fromSides(
  points: readonly { x: number; y: number }[],
  [from, to]: [PlacedService, PlacedService],
  direction: 'LR' | 'TB',
): { x: number; y: number }[] {
  const side = (box: PlacedService, sign: 1 | -1) =>
    direction === 'LR'
      ? { x: box.x + (sign * box.width) / 2, y: box.y }
      : { x: box.x, y: box.y + (sign * box.height) / 2 };
  const isForward = direction === 'LR' ? to.x > from.x : to.y > from.y;
  if (!isForward) return [...points];
  return [side(from, 1), ...points.slice(1, -1), side(to, -1)];
}

/** A smooth line through the points. */
export function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let d = `M${first.x} ${first.y}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    if (next === undefined) d += `L${point.x} ${point.y}`;
    else d += `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  });
  return d;
}
