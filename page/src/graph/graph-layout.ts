/** Where each service and each call between two of them is drawn. */
import { Graph, layout } from '@dagrejs/dagre';
import type { ServiceCalls } from '../model/source.ts';

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
const widthOf = (name: string): number => Math.min(240, 44 + name.length * 7.6);

export function placed(calls: readonly ServiceCalls[], direction: 'LR' | 'TB'): PlacedGraph {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: direction, nodesep: 28, ranksep: 84, marginx: margin, marginy: margin });
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
    calls: calls.map(call => ({
      ...call,
      ...(graph.edge(call.parent, call.child) as Pick<PlacedCalls, 'points' | 'x' | 'y'>),
    })),
  };
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
