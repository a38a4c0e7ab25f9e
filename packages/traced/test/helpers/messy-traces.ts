/** Random traces as messy as real ones, for properties that must hold of all of them. */
import fc from 'fast-check';
import type { JaegerReference, JaegerSpan, JaegerTag, JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { allOf, type Change } from '../../src/diagnosis/replay.ts';
import type { SpanNode, TraceTree } from '../../src/diagnosis/tree.ts';
import { drawnAt } from './timeline.ts';

interface Sketch {
  id: number;
  parent: number;
  refType: JaegerReference['refType'];
  isRoot: boolean;
  from: number;
  to: number;
  process: number;
  kind: string;
}

const kinds = ['client', 'server', 'producer', 'consumer', 'internal', ''];
const often = <T>(usual: T, ...others: T[]) => fc.constantFrom(usual, usual, usual, usual, ...others);

/** Ids and parents from a small range, so that ids are shared, parents are missing and some go in circles. */
const messySketch: fc.Arbitrary<Sketch> = fc.record({
  id: fc.nat(12),
  parent: fc.nat(13),
  refType: often<JaegerReference['refType']>('CHILD_OF', 'FOLLOWS_FROM'),
  isRoot: often(false, true),
  from: fc.nat(40),
  to: fc.nat(40),
  process: fc.nat(3),
  kind: fc.constantFrom(...kinds),
});

function span(sketch: Sketch): JaegerSpan {
  const tags: JaegerTag[] =
    sketch.kind === '' ? [] : [{ key: 'span.kind', type: 'string', value: sketch.kind }];
  const reference = { refType: sketch.refType, traceID: 't', spanID: `s${sketch.parent}` };
  return {
    traceID: 't',
    spanID: `s${sketch.id}`,
    operationName: `op ${sketch.id % 4}`,
    references: sketch.isRoot ? [] : [reference],
    startTime: drawnAt + sketch.from,
    duration: sketch.to - sketch.from,
    tags,
    logs: [],
    processID: `p${sketch.process}`,
    warnings: null,
  };
}

function trace(spans: JaegerSpan[]): JaegerTrace {
  const services = ['gateway', 'gateway', 'beta'];
  const processes = Object.fromEntries(
    services.map((serviceName, n) => [`p${n}`, { serviceName, tags: [] }]),
  );
  return { traceID: 't', spans, processes, warnings: null };
}

/** With negative durations, shared ids, lost parents, circles, clocks apart, and children anywhere. */
export const messyTrace = fc.array(messySketch, { maxLength: 24 }).map(sketches => trace(sketches.map(span)));

/** One root, each child below a span before it, begun no sooner than it; but it may outlast it. */
export const tidyTrace = fc.array(messySketch, { minLength: 1, maxLength: 16 }).map(sketches => {
  const made: Sketch[] = [];
  for (const [id, sketch] of sketches.entries()) {
    const parent = made[sketch.parent % Math.max(1, id)];
    const from =
      parent === undefined ? 0 : parent.from + Math.floor((sketch.from * (parent.to - parent.from)) / 40);
    const to = from + (parent === undefined ? 40 : sketch.to);
    made.push({ ...sketch, id, parent: parent?.id ?? 0, isRoot: parent === undefined, from, to, process: 0 });
  }
  return trace(made.map(span));
});

/** What a change is made of: numbers that pick spans of whatever tree it is for. */
const anyChange = fc.record({
  durations: fc.array(fc.tuple(fc.nat(99), fc.integer({ min: -2, max: 45 })), { maxLength: 4 }),
  idle: fc.array(fc.tuple(fc.nat(99), fc.nat(40), fc.nat(40)), { maxLength: 4 }),
  together: fc.array(fc.tuple(fc.nat(99), fc.array(fc.nat(9), { maxLength: 6 })), { maxLength: 3 }),
});

export const changes = fc.array(anyChange, { maxLength: 4 });

/** The change that these numbers make of a tree, `together` with siblings in the order of their start. */
export function changeFor(
  { nodes }: TraceTree,
  picks: readonly (typeof anyChange extends fc.Arbitrary<infer T> ? T : never)[],
): Change {
  if (nodes.length === 0) return {};
  const node = (n: number) => nodes[n % nodes.length] as SpanNode;
  return allOf(
    picks.map(({ durations, idle, together }) => ({
      durations: new Map(durations.map(([n, duration]) => [node(n), duration])),
      idle: idle.map(([n, a, b]) => ({ node: node(n), start: Math.min(a, b), end: Math.max(a, b) })),
      together: together.map(([n, siblings]) => {
        const { children } = node(n);
        return children.filter((_, i) => siblings.includes(i));
      }),
    })),
  );
}
