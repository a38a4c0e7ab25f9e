import test from 'ava';
import { criticalPath } from '../src/diagnosis/critical-path.ts';
import { selfTime, timeKindsOf, timeUse } from '../src/diagnosis/time-use.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { timeline } from './helpers/timeline.ts';

/** Each share as its name, ms of the path, ms of own time, and spans. */
function shares(drawing: string, by: 'byKind' | 'byService' | 'byOperation') {
  const tree = buildTree(timeline(drawing));
  return timeUse(tree, criticalPath(tree))[by].map(({ name, critical, self, spans }) => [
    name,
    critical / 1_000,
    self / 1_000,
    spans,
  ]);
}

function selfTimes(drawing: string): Record<string, number> {
  return Object.fromEntries(
    buildTree(timeline(drawing)).nodes.map(node => [node.name, selfTime(node) / 1_000]),
  );
}

test('own time is what no child covers, each moment counted once, however children overlap', t => {
  const drawing = `
    gateway all        |--------------------|
      gateway one        |------|
      gateway two           |------|
      gateway inner           |-|
      gateway three                  |------------|
      gateway after                             |--|
      gateway before |---|
  `;
  t.deepEqual(selfTimes(drawing), { before: 4, all: 2, one: 7, two: 7, inner: 2, three: 13, after: 3 });
});

test('a child as long as its parent leaves it no time of its own, one without length takes none', t => {
  const drawing = `
    gateway all        |--------------------|
      gateway one      |--------------------|
        gateway two         |
  `;
  t.deepEqual(selfTimes(drawing), { all: 0, one: 21, two: 0 });
});

const ofAllKinds = `
  gateway GET /all         |------------------------------------------|   {kind: server}
    gateway GET              |--------------------|                       {kind: client}
      activator activator      |-----------------|
        beta GET /beta           |-------------|                          {kind: server}
          beta cold start        |----|
            beta load              ||
          beta GET                     |-----|                            {kind: client}
    gateway set                                    |---|                  {kind: client, db.system: redis}
    gateway publish                                        |-|            {kind: producer}
`;

test('each span does one kind of thing by itself', t => {
  const kinds = timeKindsOf(buildTree(timeline(ofAllKinds)));
  t.deepEqual(
    [...kinds].map(([{ name }, kind]) => `${name}: ${kind}`),
    [
      'GET /all: self time',
      'GET: waiting for another function',
      'activator: queueing in the platform',
      'GET /beta: self time',
      'cold start: cold start',
      'load: cold start',
      'GET: outbound',
      'set: database',
      'publish: outbound',
    ],
  );
});

test("the path's time by kind, the longest first, adds up to what the request took", t => {
  const byKind = shares(ofAllKinds, 'byKind');
  t.deepEqual(byKind, [
    ['self time', 19, 19, 2],
    ['outbound', 8, 8, 2],
    ['cold start', 5, 5, 2],
    ['queueing in the platform', 4, 4, 1],
    ['database', 4, 4, 1],
    ['waiting for another function', 3, 3, 1],
  ]);
});

test("a Knative ingress, activator or queue-proxy is the platform's, whatever its spans are named", t => {
  for (const service of ['activator', 'activator-service', 'queue-proxy', 'queueproxy', '3scale-kourier']) {
    t.is(shares(`${service} handle |--|`, 'byKind')[0]?.[0], 'queueing in the platform', service);
  }
  t.is(shares('beta throttler_try |--|', 'byKind')[0]?.[0], 'queueing in the platform');
  t.is(shares('activators-of-joy handle |--|', 'byKind')[0]?.[0], 'self time');
});

const twoServices = `
  gateway all       |----------------|
    beta one          |----|
    beta one            |---|
    beta two                  |--|
`;

test('by service and by operation, spans off the path count as own time only', t => {
  t.deepEqual(shares(twoServices, 'byService'), [
    ['gateway', 10, 8, 1],
    ['beta', 7, 12, 3],
  ]);
  t.deepEqual(shares(twoServices, 'byOperation'), [
    ['gateway all', 10, 8, 1],
    ['beta one', 4, 9, 2],
    ['beta two', 3, 3, 1],
  ]);
});

test('concurrency is how many spans were at work at once, on average, while any was', t => {
  const concurrency = (drawing: string) => {
    const tree = buildTree(timeline(drawing));
    return timeUse(tree, criticalPath(tree)).concurrency;
  };
  t.is(concurrency('gateway all |----|'), 1);
  const two = `
    gateway all       |---------|
      gateway one     |---------|
      gateway two     |---------|
  `;
  t.is(concurrency(two), 2);
  const apart = `
    gateway all       |----|
      beta log                   |----|   {follows}
  `;
  t.is(concurrency(apart), 1);
  t.is(concurrency('gateway all |'), 0);
});
