import test from 'ava';
import { asTable, type Label, type Score, score } from '../accuracy/labelled.ts';
import { readForm } from '../accuracy/trace-forms.ts';
import type { Certainty, Finding, FindingKind } from '../packages/traced/src/diagnosis/findings.ts';
import { readTraces } from '../packages/traced/src/read/index.ts';

const saying = (...said: [FindingKind, Certainty][]): Finding[] =>
  said.map(([kind, certainty]) => ({ kind, certainty }) as Finding);

test('what is expected counts for recall, and what is measured or likely for precision', t => {
  const scores = new Map<string, Score>();
  const label: Label = { trace: 'a', expected: ['one-by-one'], also: ['gap'], unjudged: ['error'] };
  const findings = saying(
    ['gap', 'measured'],
    ['stall', 'likely'],
    ['network', 'possible'],
    ['error', 'measured'],
  );
  score(label, findings, scores);
  score({ ...label, trace: 'b' }, saying(['one-by-one', 'possible']), scores);
  t.deepEqual(Object.fromEntries(scores), {
    'one-by-one': { expected: 2, found: 1, said: 0, true: 0 },
    gap: { expected: 0, found: 0, said: 1, true: 1 },
    stall: { expected: 0, found: 0, said: 1, true: 0 },
  });
  t.regex(asTable(scores), /\nall +1 of 2 +0\.50 +1 of 2 +0\.50\n$/);
});

test('a data set’s rows become traces, and calls alone get their request back', t => {
  const [trace] = readTraces(
    readForm(
      'nezha',
      'TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration\n' +
        't1,a,root,shop-5d8c9b7f4-x2x4z,GET,1000000000,3000000000,2000000\n',
    ),
  );
  t.is(trace?.spans.length, 1);
  const [events] = readTraces(
    readForm(
      'perf-sentinel',
      JSON.stringify([
        {
          trace_id: 't2',
          span_id: 'b',
          service: 'shop',
          type: 'sql',
          target: 'SELECT 1',
          timestamp: '2025-01-01T00:00:00Z',
          duration_us: 800,
        },
      ]),
    ),
  );
  t.is(events?.spans.length, 2);
});
