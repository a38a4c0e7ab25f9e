import test from 'ava';
import { memoize } from '../functions/shared/memoize.ts';

const minute = () => 60_000;

test('callers at the same time share one load', async t => {
  let loads = 0;
  const load = memoize(minute, async () => ++loads);
  t.deepEqual(await Promise.all([load('a'), load('a'), load('a')]), [1, 1, 1]);
});

test('what may not be kept is loaded anew', async t => {
  let loads = 0;
  const load = memoize(
    () => 0,
    async () => ++loads,
  );
  t.is(await load('a'), 1);
  t.is(await load('a'), 2);
});

test('a failure reaches all who waited and is not kept', async t => {
  let loads = 0;
  const load = memoize(minute, async () => {
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
  const load = memoize(minute, async key => key);
  t.is(await load('a'), 'a');
  t.is(await load('b'), 'b');
});

test('a value that may not be kept is for one caller alone, those who waited for it too', async t => {
  let loads = 0;
  const load = memoize(
    () => 0,
    async () => ++loads,
  );
  t.deepEqual(await Promise.all([load('a'), load('a'), load('a')]), [1, 2, 3]);
});

test('each value says for how long it is kept, from when it was asked for', async t => {
  let loads = 0;
  const load = memoize(
    (value: number) => (value === 1 ? 1 : 60_000),
    async () => {
      await new Promise(resolve => setTimeout(resolve, 5));
      return ++loads;
    },
  );
  t.is(await load('a'), 1);
  t.is(await load('a'), 2);
  t.is(await load('a'), 2);
});
