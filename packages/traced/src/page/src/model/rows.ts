/** The rows of a waterfall: a span each, or several alike under one parent. */
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';

export interface Row {
  /** The same for the same trace, whatever is folded. */
  key: string;
  /** One span, or siblings alike, by start. */
  nodes: readonly SpanNode[];
  depth: number;
  parent: Row | undefined;
  /** Whether something is below it, and whether that is shown. */
  isFoldable: boolean;
  isOpen: boolean;
  /** Its place among its siblings' rows, from 1, and how many those are. */
  position: number;
  siblings: number;
}

/** Rows folded or opened by the reader, against how they are to begin with: spans open, those alike in one row. */
export type Toggled = ReadonlySet<string>;

/** From so many siblings alike on, they share a row. */
const alikeFrom = 5;

export class Rows {
  readonly all: readonly Row[];
  /** The row that shows a span, itself or what it is folded into. */
  readonly #rowOf = new Map<SpanNode, number>();

  /** @param isShown which spans have rows; of those that have, all above have too */
  constructor(tree: TraceTree, toggled: Toggled, isShown?: (node: SpanNode) => boolean) {
    const siblings = new SiblingRows(tree, toggled, isShown);
    const rows: Row[] = [];
    const waiting = siblings.of(tree.roots, undefined).reverse();
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      for (const node of row.nodes) this.#rowOf.set(node, rows.length);
      rows.push(row);
      if (row.isOpen) waiting.push(...siblings.below(row).reverse());
    }
    this.all = rows;
    // Parents come before their children, so what is hidden finds its parent's row.
    for (const node of tree.nodes) {
      const above = node.parent && this.#rowOf.get(node.parent);
      if (!this.#rowOf.has(node) && above !== undefined) this.#rowOf.set(node, above);
    }
  }

  /** Where the span is shown, or the row that it is folded into; -1 where nothing of it is. */
  indexOf(node: SpanNode): number {
    return this.#rowOf.get(node) ?? -1;
  }

  indexOfKey(key: string): number {
    return this.all.findIndex(row => row.key === key);
  }
}

/** What of a tree never changes: where each span is in it, and which siblings are alike. */
interface Fixed {
  places: ReadonlyMap<SpanNode, number>;
  groups: WeakMap<readonly SpanNode[], SpanNode[][]>;
  duration: number;
}

const fixed = new WeakMap<TraceTree, Fixed>();

function fixedOf(tree: TraceTree): Fixed {
  let parts = fixed.get(tree);
  if (parts === undefined) {
    parts = {
      places: new Map(tree.nodes.map((node, place) => [node, place])),
      groups: new WeakMap(),
      duration: tree.duration,
    };
    fixed.set(tree, parts);
  }
  return parts;
}

function groupsOf(siblings: readonly SpanNode[], { groups, duration }: Fixed): SpanNode[][] {
  let found = groups.get(siblings);
  if (found === undefined) {
    found = alike(siblings, duration);
    groups.set(siblings, found);
  }
  return found;
}

class SiblingRows {
  readonly #fixed: Fixed;
  readonly #toggled: Toggled;
  readonly #isShown: ((node: SpanNode) => boolean) | undefined;

  constructor(tree: TraceTree, toggled: Toggled, isShown: ((node: SpanNode) => boolean) | undefined) {
    this.#fixed = fixedOf(tree);
    this.#toggled = toggled;
    this.#isShown = isShown;
  }

  of(nodes: readonly SpanNode[], parent: Row | undefined): Row[] {
    const isShown = this.#isShown;
    const groups = groupsOf(nodes, this.#fixed);
    const shown =
      isShown === undefined
        ? groups
        : groups.map(group => group.filter(isShown)).filter(({ length }) => length > 0);
    return shown.map((group, i) => this.#row(group, parent, i, shown.length));
  }

  /** The rows right below an open one: the spans of a group, else the span's children. */
  below(row: Row): Row[] {
    const { nodes } = row;
    if (nodes.length > 1) return nodes.map((node, i) => this.#row([node], row, i, nodes.length));
    return this.of(nodes[0]?.children ?? [], row);
  }

  #row(nodes: readonly SpanNode[], parent: Row | undefined, i: number, siblings: number): Row {
    const isGroup = nodes.length > 1;
    const key = `${isGroup ? 'g' : 's'}${this.#fixed.places.get(nodes[0] as SpanNode)}`;
    return {
      key,
      nodes,
      depth: parent === undefined ? 0 : parent.depth + 1,
      parent,
      isFoldable: isGroup || (nodes[0]?.children.length ?? 0) > 0,
      isOpen: isGroup === this.#toggled.has(key),
      position: i + 1,
      siblings,
    };
  }
}

/**
 * The toggled rows with which a span has a row of its own: what is above it opened, and the group that it is in, unless
 * several of the spans that are meant are in that group.
 */
export function openedFor(tree: TraceTree, meant: readonly SpanNode[], toggled: Toggled): Set<string> {
  const opened = new Set(toggled);
  const [node] = meant;
  if (node === undefined) return opened;
  const parts = fixedOf(tree);
  for (let at: SpanNode | undefined = node; at !== undefined; at = at.parent) {
    const current = at;
    const group =
      groupsOf(at.parent?.children ?? tree.roots, parts).find(each => each.includes(current)) ?? [];
    const isMeantAsOne = at === node && group.filter(each => meant.includes(each)).length > 1;
    if (group.length > 1 && !isMeantAsOne) opened.add(`g${parts.places.get(group[0] as SpanNode)}`);
    if (at !== node) opened.delete(`s${parts.places.get(at)}`);
  }
  return opened;
}

/** Siblings by start, those alike together; one that failed or took far longer than the rest stays alone. */
function alike(siblings: readonly SpanNode[], traceLength: number): SpanNode[][] {
  if (siblings.length < alikeFrom) return siblings.map(node => [node]);
  const groups = new Map<string, SpanNode[]>();
  for (const node of siblings) {
    const kinds = new Set(node.children.map(({ service, name }) => `${service} ${name}`));
    const name = node.name.replaceAll(/\d+/g, '#');
    const key = JSON.stringify([node.service, name, node.failed, [...kinds].sort()]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return [...groups.values()]
    .flatMap(group =>
      group.length < alikeFrom ? group.map(node => [node]) : withoutSlowest(group, traceLength),
    )
    .sort((a, b) => (a[0]?.start ?? 0) - (b[0]?.start ?? 0));
}

function withoutSlowest(group: SpanNode[], traceLength: number): SpanNode[][] {
  const length = (node: SpanNode) => node.end - node.start;
  const median = group.map(length).sort((a, b) => a - b)[group.length >> 1] ?? 0;
  const isSlow = (node: SpanNode) => length(node) > 10 * median && length(node) > traceLength / 10;
  const usual = group.filter(node => !isSlow(node));
  return [usual, ...group.filter(isSlow).map(node => [node])].filter(each => each.length > 0);
}
