import test, { type ExecutionContext } from 'ava';
import { allOf, type Change, replay } from '../src/diagnosis/replay.ts';
import { buildTree, type SpanNode } from '../src/diagnosis/tree.ts';
import { Drawing, unindented } from './helpers/timeline.ts';

/** Changes by the names of the spans, in ms. */
class Changing {
  readonly #nodes: readonly SpanNode[];

  constructor(nodes: readonly SpanNode[]) {
    this.#nodes = nodes;
  }

  #node(name: string): SpanNode {
    const node = this.#nodes.find(each => each.name === name);
    if (node === undefined) throw new Error(`no span named ${name}`);
    return node;
  }

  shorter(durations: Record<string, number>): Change {
    const entries = Object.entries(durations);
    return { durations: new Map(entries.map(([name, duration]) => [this.#node(name), duration * 1_000])) };
  }

  together(...names: string[]): Change {
    return { together: [names.map(name => this.#node(name))] };
  }

  /** All spans of a name, by start. */
  alike(name: string): Change {
    return { together: [this.#nodes.filter(each => each.name === name)] };
  }

  idle(name: string, start: number, end: number): Change {
    return { idle: [{ node: this.#node(name), start: start * 1_000, end: end * 1_000 }] };
  }
}

/** With the change the drawn trace would be the other one. */
function becomes(
  t: ExecutionContext,
  before: string,
  change: (by: Changing) => Change[],
  after: string,
): void {
  const drawn = new Drawing(before);
  const tree = buildTree(drawn.trace);
  const replayed = replay(tree, allOf(change(new Changing(tree.nodes))));
  t.is(drawn.moved(replayed.spans()), unindented(after).join('\n'));
  const root = tree.root && replayed.spans().get(tree.root);
  t.is(replayed.duration, (root?.end ?? 0) - (root?.start ?? 0));
}

test(
  'what came after a call that is made shorter comes sooner, and own work stays as long',
  becomes,
  `
  gateway all        |------------------------|
    gateway first      |--------|
      alpha work         |----|
    gateway second                |------|
`,
  by => [by.shorter({ work: 2 })],
  `
  gateway all        |---------------------|
    gateway first      |-----|
      alpha work         |-|
    gateway second             |------|
`,
);

test(
  'a call in a parallel branch that is made shorter leaves the other branch as the bound',
  becomes,
  `
  gateway all      |----------------|
    gateway long     |----------|
    gateway short      |------|
`,
  by => [by.shorter({ long: 1 })],
  `
  gateway all      |--------------|
    gateway long     ||
    gateway short      |------|
`,
);

test(
  'one that held nothing up saves nothing by being shorter',
  becomes,
  `
  gateway all      |----------------|
    gateway long     |----------|
    gateway short      |------|
`,
  by => [by.shorter({ short: 1 })],
  `
  gateway all      |----------------|
    gateway long     |----------|
    gateway short      ||
`,
);

test(
  'a call that began while another ran does not wait for its end',
  becomes,
  `
  gateway all      |---------------------|
    gateway first    |--------|
    gateway second        |----------|
`,
  by => [by.shorter({ first: 2 })],
  `
  gateway all      |---------------------|
    gateway first    |-|
    gateway second        |----------|
`,
);

test(
  'a call that would not be there takes its parent no time, and what is below it ends with it',
  becomes,
  `
  gateway all       |--------------------|
    gateway GET       |----------|
      beta GET /        |------|
        beta work         |-|
    gateway next                   |--|
`,
  by => [by.shorter({ GET: 0 })],
  `
  gateway all       |---------|
    gateway GET       |
      beta GET /      |
        beta work     |
    gateway next        |--|
`,
);

test(
  'a span that is cut cuts what runs in it, but not what nobody waits for',
  becomes,
  `
  gateway all         |--------------------|
    gateway GET         |-------------|
      beta first          |---|
      beta second               |---|
      beta log                    |--------|   {follows}
`,
  by => [by.shorter({ GET: 9 })],
  `
  gateway all         |---------------|
    gateway GET         |--------|
      beta first          |---|
      beta second               ||
      beta log                   |--------|    {follows}
`,
);

test(
  "calls made together begin together, apart by their parent's work between them, and the longest is the bound",
  becomes,
  `
  gateway all       |--------------------------|
    gateway one       |-----|
    gateway two              |---------|
    gateway three                        |---|
`,
  by => [by.together('one', 'two', 'three')],
  `
  gateway all       |--------------|
    gateway one       |-----|
    gateway two        |---------|
    gateway three        |---|
`,
);

test(
  'of calls made together one that would not be there leaves the others as the bound',
  becomes,
  `
  gateway all       |--------------------------|
    gateway one       |-----|
    gateway two              |---------|
    gateway three                        |---|
`,
  by => [by.together('one', 'two', 'three'), by.shorter({ two: 0 })],
  `
  gateway all       |----------|
    gateway one       |-----|
    gateway two        |
    gateway three        |---|
`,
);

test(
  'what lay between calls made together stays between them',
  becomes,
  `
  gateway all       |--------------------------|
    gateway one       |-----|
    gateway between           |-|
    gateway two                   |-------|
`,
  by => [by.together('one', 'two')],
  `
  gateway all       |--------------------|
    gateway one       |-----|
    gateway between           |-|
    gateway two             |-------|
`,
);

test(
  'calls by two workers, made together, all begin when the first does',
  becomes,
  `
  gateway all       |--------------------------|
    gateway get     |--|
    gateway get     |----|
    gateway get        |----|
    gateway get          |---|
    gateway get              |------|
`,
  by => [by.alike('get')],
  `
  gateway all       |-----------------|
    gateway get     |--|
    gateway get     |----|
    gateway get     |----|
    gateway get     |---|
    gateway get     |------|
`,
);

test(
  'a call that two findings would let begin sooner begins with the sooner',
  becomes,
  `
  gateway all       |------------------------|
    gateway one       |-----------|
    gateway two             |-----|
    gateway three                 |-----|
`,
  by => [by.together('one', 'three'), by.together('two', 'three')],
  `
  gateway all       |------------------|
    gateway one       |-----------|
    gateway two             |-----|
    gateway three     |-----|
`,
);

test(
  'spans of different parents begin as they did, whoever says that they could begin together',
  becomes,
  `
  gateway all       |-------------------|
    gateway one       |-------|
      alpha inner     |----|
    gateway two        |-----------|
      alpha other           |-|
`,
  by => [by.together('inner', 'other')],
  `
  gateway all       |-------------------|
    gateway one       |-------|
      alpha inner     |----|
    gateway two        |-----------|
      alpha other           |-|
`,
);

test(
  'idle time that would not be there is taken out once, however many findings name it',
  becomes,
  `
  gateway all       |--------------------------|
    gateway one       |-----|
    gateway two                   |-------|
`,
  by => [by.idle('all', 9, 13), by.idle('all', 11, 14), by.idle('all', 11, 14)],
  `
  gateway all       |---------------------|
    gateway one       |-----|
    gateway two              |-------|
`,
);

test(
  "of idle time only the span's own counts, not what its children ran in",
  becomes,
  `
  gateway all       |--------------------------|
    gateway one       |-----|
    gateway two                   |-------|
`,
  by => [by.idle('all', 3, 9)],
  `
  gateway all       |-------------------------|
    gateway one       |-----|
    gateway two                  |-------|
`,
);

test(
  'idle time between calls that are made together is gone as well',
  becomes,
  `
  gateway all       |--------------------------|
    gateway one       |-----|
    gateway two                   |-------|
`,
  by => [by.together('one', 'two'), by.idle('all', 9, 13)],
  `
  gateway all       |----------------|
    gateway one       |-----|
    gateway two         |-------|
`,
);

test(
  'a child outside of its parent keeps its distance to it, and saves by what its parent saw of it',
  becomes,
  `
  gateway all         |--------------------|
    gateway early   |-------|
    gateway next             |---|
    gateway late                         |---------|
      gateway below                        |----|
    gateway after                             |---|
`,
  by => [by.shorter({ early: 6, late: 5 })],
  `
  gateway all         |------------------|
    gateway early   |-----|
    gateway next           |---|
    gateway late                       |----|
      gateway below                      |--|
    gateway after                           |---|
`,
);

test(
  'a child that outlasts its parent was waited for up to there, so what it did by then counts',
  becomes,
  `
  gateway all         |-------------|
    gateway stream        |-----------------|
      alpha first           |----|
      alpha second                   |----|
`,
  by => [by.shorter({ first: 3, second: 1 })],
  `
  gateway all         |-----------|
    gateway stream        |-----------|
      alpha first           |--|
      alpha second                 ||
`,
);

test(
  'a caller that gave up would have waited for what outlasted it, had it been sooner',
  becomes,
  `
  gateway all         |-------------|
    gateway call          |---------|           {error}
      alpha GET /         |-----------------|
        alpha first         |----|
        alpha second                 |---|
`,
  by => [by.shorter({ first: 3, second: 1 })],
  `
  gateway all         |-------------|
    gateway call          |---------|           {error}
      alpha GET /         |------------|
        alpha first         |--|
        alpha second               ||
`,
);

test(
  'nothing is longer than it was, nor shorter than nothing',
  becomes,
  `
  gateway all       |----------|
    gateway one       |----|
    gateway two              |
`,
  by => [by.shorter({ one: 99, two: 9, all: 99 }), by.shorter({ one: 3 }), by.shorter({ two: -5 })],
  `
  gateway all       |--------|
    gateway one       |--|
    gateway two            |
`,
);

test('without a change, and in a trace without spans, nothing is otherwise', t => {
  const drawn = new Drawing(`
    gateway all       |----------|
      gateway one       |----|
    beta lost             |--|    {parent: gone}
  `);
  const tree = buildTree(drawn.trace);
  const positions = [...replay(tree, {}).spans()].map(([{ name }, { start, end }]) => [name, start, end]);
  t.deepEqual(positions, [
    ['all', 0, 11_000],
    ['one', 2_000, 7_000],
    ['lost', 4_000, 7_000],
  ]);
  t.is(replay(buildTree({ ...drawn.trace, spans: [] }), {}).duration, 0);
});
