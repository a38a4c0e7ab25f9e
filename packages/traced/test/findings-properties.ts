import test from 'ava';
import fc from 'fast-check';
import { type Diagnosis, diagnose } from '../src/diagnosis/diagnose.ts';
import { certainties, findingKinds } from '../src/diagnosis/findings.ts';
import { diagnoseAll } from '../src/diagnosis/set.ts';
import { flawedTrace } from './helpers/flawed-traces.ts';
import { messyTrace } from './helpers/messy-traces.ts';

const runs = { numRuns: 2_000 };
const anyTrace = fc.oneof({ arbitrary: flawedTrace, weight: 4 }, { arbitrary: messyTrace, weight: 1 });

/** Findings without the tree's nodes, which are others in another diagnosis of the same trace. */
const plain = ({ findings }: Diagnosis) =>
  findings.map(({ spans, change, entry, explains, ...said }) => ({
    ...said,
    ids: spans.map(({ id }) => id),
  }));

test('every finding stands on spans of the trace, costs no less than nothing, and saves no more than there is', t => {
  fc.assert(
    fc.property(anyTrace, trace => {
      const { tree, findings } = diagnose(trace);
      for (const {
        kind,
        spans,
        title,
        sentence,
        advice,
        cost,
        whatIf,
        saving,
        entry,
        certainty,
        because,
        service,
        operation,
      } of findings) {
        t.true(findingKinds.includes(kind));
        t.true(spans.length > 0 && spans.every(node => tree.nodes.includes(node)));
        t.is(new Set(spans).size, spans.length);
        const duration = entry.end - entry.start;
        t.true(certainties.includes(certainty));
        t.true(cost >= 0 && cost <= duration);
        t.deepEqual([service, operation], [spans[0]?.service, spans[0]?.name]);
        if (saving !== undefined)
          t.true(saving >= 1_000 && saving <= duration && whatIf === duration - saving);
        for (const text of [title, sentence, advice, because])
          t.notRegex(text, /undefined|NaN|\[object| {2}|^$/);
        t.regex(sentence, /[.!]"?$/);
      }
    }),
    runs,
  );
});

test('all fixed together, a request takes no longer than with one of them fixed', t => {
  fc.assert(
    fc.property(anyTrace, trace => {
      const { tree, findings, whatIf, duration } = diagnose(trace);
      t.true(whatIf >= 0 && whatIf <= duration);
      for (const finding of findings.filter(({ entry }) => entry === tree.root))
        t.true(whatIf <= (finding.whatIf ?? duration));
    }),
    runs,
  );
});

test('what failed the whole request comes first, then what saves the request most, then what saves others, then what only hides something', t => {
  fc.assert(
    fc.property(anyTrace, trace => {
      const { tree, findings } = diagnose(trace);
      const ranks = findings.map(({ kind, evidence, saving, entry }) => {
        if (kind === 'error' && evidence['reachedRoot'] === true) return 0;
        if (saving === undefined) return 3;
        return entry === tree.root ? 1 : 2;
      });
      t.deepEqual(ranks, ranks.toSorted());
      const savings = findings.filter((_, i) => ranks[i] === 1).map(({ saving }) => saving as number);
      t.deepEqual(
        savings,
        savings.toSorted((a, b) => b - a),
      );
    }),
    runs,
  );
});

test('a span that one finding would shorten is shortened by no other', t => {
  fc.assert(
    fc.property(anyTrace, trace => {
      const { findings } = diagnose(trace);
      const shortened = findings.flatMap(({ change }) => [...(change?.durations?.keys() ?? [])]);
      t.is(new Set(shortened).size, shortened.length);
    }),
    runs,
  );
});

test('one trace is diagnosed in a set as it is by itself, and the same again', t => {
  fc.assert(
    fc.property(anyTrace, trace => {
      const alone = diagnose(trace);
      const { diagnoses, groups } = diagnoseAll([trace]);
      t.deepEqual(diagnoses.map(plain), [plain(alone)]);
      t.deepEqual(plain(diagnose(structuredClone(trace))), plain(alone));
      t.is(groups.reduce((sum, group) => sum + group.traces, 0) > 0, alone.findings.length > 0);
    }),
    runs,
  );
});

test('every kind comes up among these traces, so that the properties say something of each', t => {
  const kinds = new Set(
    fc
      .sample(flawedTrace, { numRuns: 3_000, seed: 1 })
      .flatMap(trace => diagnose(trace).findings.map(({ kind }) => kind)),
  );
  // Those for which a trace is not made at random have tests of their own.
  const drawn = ['connection-wait', 'lock-wait', 'pause', 'slow-service'];
  t.deepEqual(
    findingKinds.filter(kind => !kinds.has(kind)),
    findingKinds.filter(kind => drawn.includes(kind)),
  );
});
