/**
 * A diagnosis as it crosses from a worker to the page: spans as their places in the waterfall's order, which is the
 * same on both sides, since both build the tree from the same trace.
 */
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { Finding } from '../../../diagnosis/findings.ts';
import type { Change } from '../../../diagnosis/replay.ts';
import type { TimeUse } from '../../../diagnosis/time-use.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';

/** node, start and end, one after the other. */
type Sections = number[];

interface WireChange {
  durations: [number, number][];
  idle: Sections;
  together: number[][];
}

type WireFinding = Omit<Finding, 'spans' | 'change' | 'entry' | 'explains'> & {
  spans: number[];
  entry: number;
  change: WireChange | undefined;
};

export interface WireDiagnosis {
  path: Sections;
  duration: number;
  time: TimeUse;
  findings: WireFinding[];
  whatIf: number;
  baselineTraces: number;
}

export function toWire({
  tree,
  path,
  duration,
  time,
  findings,
  whatIf,
  baselineTraces,
}: Diagnosis): WireDiagnosis {
  const places = new Map(tree.nodes.map((node, place) => [node, place]));
  const placeOf = (node: SpanNode) => places.get(node) ?? 0;
  const sections = (list: Diagnosis['path']): Sections =>
    list.flatMap(({ node, start, end }) => [placeOf(node), start, end]);
  const change = ({ durations, idle, together }: Change): WireChange => ({
    durations: [...(durations ?? [])].map(([node, duration]) => [placeOf(node), duration]),
    idle: sections(idle ?? []),
    together: (together ?? []).map(siblings => siblings.map(placeOf)),
  });
  return {
    path: sections(path),
    duration,
    time,
    whatIf,
    baselineTraces,
    findings: findings.map(({ explains: _, ...finding }) => ({
      ...finding,
      entry: placeOf(finding.entry),
      spans: finding.spans.map(placeOf),
      change: finding.change && change(finding.change),
    })),
  };
}

export function fromWire(tree: TraceTree, wire: WireDiagnosis): Diagnosis {
  const at = (place: number) => tree.nodes[place] as SpanNode;
  const sections = (list: Sections) =>
    Array.from({ length: list.length / 3 }, (_, i) => {
      const [place = 0, start = 0, end = 0] = list.slice(3 * i, 3 * i + 3);
      return { node: at(place), start, end };
    });
  const change = ({ durations, idle, together }: WireChange): Change => ({
    durations: new Map(durations.map(([place, duration]) => [at(place), duration])),
    idle: sections(idle),
    together: together.map(siblings => siblings.map(at)),
  });
  return {
    tree,
    path: sections(wire.path),
    duration: wire.duration,
    time: wire.time,
    whatIf: wire.whatIf,
    baselineTraces: wire.baselineTraces,
    findings: wire.findings.map(finding => ({
      ...finding,
      entry: at(finding.entry),
      spans: finding.spans.map(at),
      change: finding.change && change(finding.change),
    })),
  };
}
