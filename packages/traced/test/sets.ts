import test from 'ava';
import { explainSlow } from '../src/diagnosis/explain.ts';
import { judge, statisticOf } from '../src/diagnosis/objective.ts';
import { diagnoseAll } from '../src/diagnosis/set.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { times, tracesOf } from './helpers/found.ts';

const inTens = { columnUs: 10_000 };

const quick = `
  shop GET /cart  |-----|   {kind: server, customer.tier: free, host: a}
    shop SELECT    |---|    {kind: client, db.system: mysql}
`;
const slow = `
  shop GET /cart  |------------------------------|   {kind: server, customer.tier: gold, host: a}
    shop SELECT    |----------------------------|    {kind: client, db.system: mysql}
`;

test('what the slow traces have in common and the others have not is said, with both shares', t => {
  const trees = tracesOf([...times(27, quick), ...times(3, slow)], inTens).map(trace => buildTree(trace));
  const { found, slow: count, others } = explainSlow(trees, 200_000);
  t.deepEqual([count, others], [3, 27]);
  t.deepEqual(found, [{ key: 'customer.tier', value: 'gold', slow: 3, others: 0 }]);
});

test('of few traces, nothing is said to set the slow ones apart', t => {
  const trees = tracesOf([...times(4, quick), ...times(2, slow)], inTens).map(trace => buildTree(trace));
  t.deepEqual(explainSlow(trees, 200_000).found, []);
});

test('what slow and quick traces have alike explains nothing', t => {
  const other = slow.replace('gold', 'free');
  const trees = tracesOf([...times(27, quick), ...times(3, other)], inTens).map(trace => buildTree(trace));
  t.deepEqual(explainSlow(trees, 200_000).found, []);
});

test('an objective is met or missed, and the fixes that would meet it are named', t => {
  const traces = tracesOf([...times(8, quick), ...times(4, slow)], inTens);
  const met = diagnoseAll(traces, { statistic: 'median', limit: 100_000 }).objective;
  t.like(met, { isMet: true, now: 60_000, fixes: [] });
  const missed = diagnoseAll(traces, { statistic: 'p95', limit: 100_000 }).objective;
  t.like(missed, { isMet: false, now: 310_000, wouldBeMet: true });
  t.deepEqual(
    missed?.fixes.map(({ kind }) => kind),
    ['slow-dependency'],
  );
});

test('where no fix would do, the best is said, and that it is not enough', t => {
  const { diagnoses, groups } = diagnoseAll(tracesOf(times(3, slow), inTens));
  const { wouldBeMet, fixed } = judge({ statistic: 'max', limit: 10_000 }, diagnoses, groups);
  t.deepEqual([wouldBeMet, fixed], [false, 20_000]);
});

test('an objective has the statistics of the whole tool', t => {
  t.deepEqual(
    ['median', 'mean', 'max', 'p50', 'p100'].map(name => statisticOf(name, [1, 2, 3, 6])),
    [2.5, 3, 6, 2.5, 6],
  );
  t.is(statisticOf('p101', [1]), Number.NaN);
});

test('one cause below different routes is one finding of the set', t => {
  const route = (name: string) => `
    gw ${name}     |----------------------------------|   {kind: server}
      gw GET        |--------------------------------|    {kind: client}
        stock GET /stock  |-------------------------|     {kind: server}
          stock SELECT     |-----------------------|      {kind: client, db.system: mysql}
  `;
  const { groups } = diagnoseAll(tracesOf([route('GET /a'), route('GET /b')], inTens));
  t.deepEqual(
    groups.map(({ kind, traces }) => [kind, traces]),
    [['slow-dependency', 2]],
  );
});
