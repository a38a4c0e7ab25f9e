import test from 'ava';
import fc from 'fast-check';
import { compare } from '../src/diagnosis/compare.ts';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { anyTrace } from './helpers/any-trace.ts';
import { mirrorOf, plainOf } from './helpers/mirrored.ts';

/** Half of the traces are of one kind of request, so that there are enough of it for intervals. */
const anySet = fc.array(fc.oneof(anyTrace, anyTrace.map(asOneRequest)), { maxLength: 14 });

function asOneRequest(trace: JaegerTrace): JaegerTrace {
  const [root, ...others] = trace.spans;
  if (root === undefined) return trace;
  return {
    ...trace,
    spans: [{ ...root, operationName: 'GET /all', processID: 'root' }, ...others],
    processes: { ...trace.processes, root: { serviceName: 'gateway-fn', tags: [] } },
  };
}

test('contributions add up to the change of the mean', t => {
  fc.assert(
    fc.property(anySet, anySet, (before, after) => {
      for (const { paths, meanChange } of compare(before, after).requests) {
        const sum = paths.reduce((total, { contribution }) => total + contribution, 0);
        t.true(Math.abs(sum - meanChange) < 1e-6, `${sum} ${meanChange}`);
      }
    }),
  );
});

test('compared with itself nothing changed', t => {
  fc.assert(
    fc.property(anySet, set => {
      const { requests, onlyBefore, onlyAfter } = compare(set, set);
      t.deepEqual([onlyBefore, onlyAfter], [[], []]);
      for (const { verdict, change, meanChange, paths } of requests) {
        t.deepEqual([verdict, change.by, meanChange], ['same', 0, 0]);
        t.true(
          paths.every(path => path.contribution === 0 && path.cause === 'same' && path.change?.by === 0),
        );
      }
    }),
  );
});

test('the other way round it is the mirror image', t => {
  fc.assert(
    fc.property(anySet, anySet, (before, after) => {
      t.deepEqual(mirrorOf(compare(after, before)), plainOf(compare(before, after)));
    }),
  );
});
