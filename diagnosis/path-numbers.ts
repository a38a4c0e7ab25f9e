import { operationKey, withoutNumbers } from './calls.ts';
import { pathTo, type SpanNode } from './tree.ts';

/** Paths through trees: services and operations from the root to a span, the same number for the same path. */
export class PathNumbers {
  readonly #numbers = new Map<string, number>();

  /** The number of each of some spans, of which parents come before their children. */
  add(nodes: readonly SpanNode[]): Map<SpanNode, number> {
    const numbers = new Map<SpanNode, number>();
    for (const node of nodes) {
      const key = pathKey(node, node.parent && numbers.get(node.parent));
      const number = this.#numbers.get(key) ?? this.#numbers.size;
      this.#numbers.set(key, number);
      numbers.set(node, number);
    }
    return numbers;
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

/** Many instrumentations name all calls alike, such as `GET`: what they ask tells them apart. */
const pathKey = (node: SpanNode, parent: number | undefined): string =>
  `${parent ?? ''}\n${node.service}\n${node.kind === 'client' ? operationKey(node) : withoutNumbers(node.name)}`;
