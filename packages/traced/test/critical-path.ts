import test, { type ExecutionContext } from 'ava';
import { criticalPath, pathTimeBySpan } from '../src/diagnosis/critical-path.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { Drawing, drawnAt, unindented } from './helpers/timeline.ts';

/** The `+` below the drawn spans are where they hold the clock, in whatever order the spans came. */
function pathIs(t: ExecutionContext, drawing: string): void {
  const drawn = new Drawing(drawing);
  const expected = unindented(drawing).join('\n');
  t.is(drawn.withPath(criticalPath(buildTree(drawn.trace))), expected);
  drawn.trace.spans.reverse();
  t.is(drawn.withPath(criticalPath(buildTree(drawn.trace))), expected);
}

// The nine cases that jaeger-ui publishes (packages/jaeger-ui/src/components/TracePage/CriticalPath/testCases), drawn
// anew: our answers are its answers.
test(
  'jaeger-ui 1: two calls one after the other hold the clock, and between them their parent',
  pathIs,
  `
    customers C     |-------------------|
                    ++++    ++  ++++++++
      customers D       |---|
                        ++++
      customers E             |-|
                              ++
  `,
);

test(
  'jaeger-ui 2: of two calls side by side the one that ends last holds the clock',
  pathIs,
  `
    service1 X     |-------------------|
                   ++++        ++++++++
      service1 A     |-------|
      service1 C       |-------|
                       ++++++++
  `,
);

test(
  'jaeger-ui 3: a child that begins after its parent has ended is not on the path',
  pathIs,
  `
    service-one send               |---|                                         {kind: producer}
                                   ++++
      service-two async task 1               |-----------------------------|     {kind: client}
  `,
);

test(
  'jaeger-ui 4: nor is what is below such a child',
  pathIs,
  `
    service-one A       |--|
                        +++
      service-one B         |---|
        service-one C        ||
  `,
);

test(
  'jaeger-ui 5: a message that is consumed while its producer still runs is not on the path',
  pathIs,
  `
    service-one A       |-----------------------------|   {kind: producer}
                        ++++++++++++++++++++++++++++++
      service-one B              |---------|              {kind: consumer, follows}
        service-one C              |-|
  `,
);

test(
  'jaeger-ui 6: what a child did before its parent began, or after it ended, does not count',
  pathIs,
  `
    service-one A       |----------------------------|
                        ++++++++++++++
      service-one B                   |-------------------|
                                                +++++
        service-one C            |--------------|
                                      ++++++++++
  `,
);

test(
  'jaeger-ui 7: children that outlast their parents are cut to the root',
  pathIs,
  `
    service-one A       |----------------------------|
                        ++++++++++++++
      service-one B                   |-------------------|
                                      +++++
        service-one C                      |-------------------|
                                           ++++++++++
  `,
);

test(
  'jaeger-ui 8: a child that begins before and ends after its parent is cut on both sides',
  pathIs,
  `
    service-one A            |-------------------|
      service-one B     |-----------------------------|
                             ++++++++++++++++++++
  `,
);

test(
  'jaeger-ui 9: a child that ended before its parent began is not on the path',
  pathIs,
  `
    service-one A                |-------------------|
                                 ++++++++++++++++++++
      service-one B     |---|
  `,
);

// Where the answers differ: jaeger-ui asks for a child that ended before the next began, and so gives the time of one
// that ended in the same microsecond to the parent, which only waited.
test(
  'a child counts that ended in the microsecond in which the next one began',
  pathIs,
  `
    gateway all      |----------------|
                     ++            +++
      gateway set      |---|---|---|
                       ++++++++++++
  `,
);

// jaeger-ui reads off the kinds producer and consumer alone that nobody waits, and puts this one on the path.
test(
  'what follows from its parent is not waited for, whatever kinds the two are',
  pathIs,
  `
    gateway all      |----------------|
                     +++++     +++++++
      gateway log       |----------|         {follows}
      gateway GET         |----|
                          +++++
  `,
);

test(
  'a child that took no time holds no clock and hides no other',
  pathIs,
  `
    gateway all       |----------------|
                      ++        +++++++
      gateway GET       |-------|
                        ++++++++
      gateway event             |
      gateway mark                 |
  `,
);

test(
  'of children that end at the same time the one that began first holds the clock',
  pathIs,
  `
    gateway all       |----------------|
                      ++++         ++++
      gateway late          |------|
      gateway early       |--------|
                          +++++++++
      gateway middle       |-------|
  `,
);

test(
  'a child that overlaps the one that held the clock after it is not on the path, what ended before both is',
  pathIs,
  `
    gateway all       |--------------------|
                      +     +++++       +++
      gateway first    |----|
                       +++++
      gateway second         |------|
      gateway third              |------|
                                 +++++++
  `,
);

test(
  'also of children that are cut to one time the one that began first holds the clock',
  pathIs,
  `
    gateway all         |----------------|
                        +++      ++++++++
      gateway GET          |-----|
                           +
        beta second           |-----|
        beta first          |---------|
                            +++++
        beta third            |------|
  `,
);

test(
  'the path goes through all levels and comes back to each',
  pathIs,
  `
    gateway all           |--------------------|
                          ++               ++++
      gateway GET           |--------------|      {kind: client}
                            ++           ++
        beta GET /beta        |----------|        {kind: server}
                              ++  +    ++
          beta lookup           |-|
                                ++
          beta fetch               |---|
                                   ++++
  `,
);

test(
  'a child that overflows its parent hands its cut time on to what is below it',
  pathIs,
  `
    gateway all           |--------------|
                          ++++
      gateway stream          |--------------|
                              ++   +
        gateway first           |--|
                                +++
        gateway second              |------|
                                    +++++
        gateway third                       |-|
  `,
);

test('a path can be had below any span', t => {
  const drawn = new Drawing(`
    gateway all    |----------|
      gateway a      |-----|
        gateway b      |-|
  `);
  const tree = buildTree(drawn.trace);
  const [, a] = tree.nodes;
  const expected = `
    gateway all    |----------|
      gateway a      |-----|
                     ++  ++
        gateway b      |-|
                       ++
  `;
  t.is(drawn.withPath(criticalPath(tree, a)), unindented(expected).join('\n'));
});

test('only the main root has a path', t => {
  const drawn = new Drawing(`
    gateway all    |----------|
    beta other        |-----------|    {parent: gone}
  `);
  const path = criticalPath(buildTree(drawn.trace));
  t.deepEqual(
    path.map(({ node }) => node.name),
    ['all'],
  );
});

test('a trace without spans has no path, and one without length an empty one', t => {
  t.deepEqual(criticalPath(buildTree({ traceID: 't', spans: [], processes: {}, warnings: null })), []);
  t.deepEqual(criticalPath(buildTree(new Drawing('gateway all |').trace)), []);
});

test('what each span holds is the sum of its sections', t => {
  const drawn = new Drawing(`
    gateway all    |----------|
      gateway a      |--|
      gateway b           |-|
  `);
  const held = pathTimeBySpan(criticalPath(buildTree(drawn.trace)));
  t.deepEqual([...held].map(([{ name }, time]) => [name, time / 1_000]).sort(), [
    ['a', 3],
    ['all', 6],
    ['b', 2],
  ]);
});

test('a chain of 50,000 spans and 50,000 siblings have their path without recursion', t => {
  const { trace } = new Drawing('gateway all |');
  const [like] = trace.spans;
  if (like === undefined) return t.fail();
  const many = 50_000;
  const spans = (parent: (n: number) => number, end: (n: number) => number) =>
    Array.from({ length: many }, (_, n) => ({
      ...like,
      spanID: `${n}`,
      references: n === 0 ? [] : [{ refType: 'CHILD_OF' as const, traceID: 't', spanID: `${parent(n)}` }],
      startTime: drawnAt + n,
      duration: end(n) - n,
    }));
  const chain = criticalPath(
    buildTree({
      ...trace,
      spans: spans(
        n => n - 1,
        n => 2 * many - n,
      ),
    }),
  );
  t.is(chain.length, 2 * many - 1);
  const siblings = criticalPath(
    buildTree({
      ...trace,
      spans: spans(
        () => 0,
        n => (n === 0 ? many : n + 1),
      ),
    }),
  );
  t.is(siblings.length, many);
});
