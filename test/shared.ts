import test from 'ava';
import { shared } from '../functions/shared/shared.ts';

test('callers at the same time share one load', async t => {
  let loads = 0;
  const load = shared(60_000, async () => ++loads);
  t.deepEqual(await Promise.all([load('a'), load('a'), load('a')]), [1, 1, 1]);
});

test('what has expired is loaded anew', async t => {
  let loads = 0;
  const load = shared(0, async () => ++loads);
  t.is(await load('a'), 1);
  t.is(await load('a'), 2);
});

test('a failure reaches all who waited and is not kept', async t => {
  let loads = 0;
  const load = shared(60_000, async () => {
    if (++loads === 1) throw new Error('once');
    return loads;
  });
  const both = await Promise.allSettled([load('a'), load('a')]);
  t.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.is(await load('a'), 2);
});

test('another key is another load', async t => {
  const load = shared(60_000, async key => key);
  t.is(await load('a'), 'a');
  t.is(await load('b'), 'b');
});
