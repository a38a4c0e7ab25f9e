import { operationOf } from './calls.ts';
import { pathTo, type SpanNode, type TraceTree } from './tree.ts';

/** Paths through trees: services and operations from the root to a span, the same number for the same path. */
export class PathNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<SpanNode, number>();

  /** The number of each of some spans, of which parents come before their children. */
  add(nodes: readonly SpanNode[]): Map<SpanNode, number> {
    const numbers = new Map<SpanNode, number>();
    for (const node of nodes) {
      numbers.set(node, this.#numberOf(pathKey(node, node.parent && numbers.get(node.parent))));
    }
    return numbers;
  }

  /** The number of one span; those above it are looked at only the first time. */
  numberOf(node: SpanNode): number {
    const way: SpanNode[] = [];
    let at: SpanNode | undefined = node;
    for (; at !== undefined && !this.#known.has(at); at = at.parent) way.push(at);
    let number = at && this.#known.get(at);
    for (const each of way.reverse()) {
      number = this.#numberOf(pathKey(each, number));
      this.#known.set(each, number);
    }
    return number as number;
  }

  #numberOf(key: string): number {
    const number = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }

  /** Undefined for a path that none of the spans added is on. */
  find(node: SpanNode): number | undefined {
    let number: number | undefined;
    for (const each of pathTo(node)) {
      number = this.#numbers.get(pathKey(each, number));
      if (number === undefined) return undefined;
    }
    return number;
  }
}

const pathKey = (node: SpanNode, parent: number | undefined): string =>
  `${parent ?? ''}\n${node.service}\n${operationOf(node)}`;

const ofTrees = new WeakMap<TraceTree, PathNumbers>();

/** Equal for spans of a tree that are on the same path. */
export function placeIn(tree: TraceTree, node: SpanNode): number {
  const numbers = ofTrees.get(tree) ?? new PathNumbers();
  ofTrees.set(tree, numbers);
  return numbers.numberOf(node);
}
