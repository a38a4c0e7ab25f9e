import { readFileSync } from 'node:fs';
import test from 'ava';
import { type Diagnosis, diagnose } from '../src/diagnosis/diagnose.ts';
import { attributeText } from '../src/semantics/index.ts';

/** A trace of `npm start`, with the fault that its name says, less the tags that say nothing here. */
function stored(name: string): Diagnosis {
  const file = new URL(`fixtures/traces/${name}.json`, import.meta.url);
  return diagnose(JSON.parse(readFileSync(file, 'utf8')).data[0]);
}

const named = ({ findings }: Diagnosis) =>
  findings.map(({ kind, service, operation }) => `${kind} ${service} ${operation}`);

/** Of the median measured without the fault, in ms: how far off the what-if may be is for `npm run accuracy`. */
const takes = (
  t: { true(actual: boolean, message: string): void },
  { whatIf }: Diagnosis,
  from: number,
  to: number,
) => t.true(whatIf >= from * 1_000 && whatIf <= to * 1_000, `${whatIf} µs`);

test('without a fault nothing is found: four functions at once, a hundred pieces of work, a pipeline of 50 commands', t => {
  t.deepEqual(named(stored('none-all')), []);
  t.deepEqual(named(stored('none-redis')), []);
});

test('alpha-stall is found at the hundredth piece', t => {
  const diagnosis = stored('alpha-stall');
  t.deepEqual(named(diagnosis), ['stall alpha-fn work']);
  const [span] = diagnosis.findings[0]?.spans ?? [];
  t.is(span && attributeText(span.span.tags, 'alpha.piece'), '100');
  takes(t, diagnosis, 50, 90);
});

test('alpha-broken is found where it began', t => {
  const diagnosis = stored('alpha-broken');
  t.deepEqual(named(diagnosis), ['error alpha-fn work']);
  t.regex(diagnosis.findings[0]?.sentence ?? '', /which is the whole request\.$/);
});

test('beta-uncached is found at the GET', t => {
  const diagnosis = stored('beta-uncached');
  t.deepEqual(named(diagnosis), ['no-reuse beta-fn GET']);
  takes(t, diagnosis, 2, 6);
});

test('redis-one-by-one is found at its commands, the connection for them included', t => {
  const diagnosis = stored('redis-one-by-one');
  t.deepEqual(named(diagnosis), ['one-by-one redis-fn set']);
  t.is(diagnosis.findings[0]?.evidence['calls'], 50);
  takes(t, diagnosis, 3, 12);
});

test('redis-lost-primary is found at the connect', t => {
  const diagnosis = stored('redis-lost-primary');
  t.deepEqual(named(diagnosis), ['unreachable redis-fn redis connect']);
  takes(t, diagnosis, 4, 14);
});

test('gateway-serial is found at the four calls', t => {
  const diagnosis = stored('gateway-serial');
  t.deepEqual(named(diagnosis), ['serial-calls gateway-fn GET']);
  t.is(diagnosis.findings[0]?.spans.length, 4);
  takes(t, diagnosis, 60, 90);
});

test('all faults together are each found once, what saves most first', t => {
  const diagnosis = stored('all-faults');
  t.deepEqual(named(diagnosis), [
    'stall alpha-fn work',
    'serial-calls gateway-fn GET',
    'unreachable redis-fn redis connect',
    'no-reuse beta-fn GET',
    'one-by-one redis-fn set',
  ]);
  takes(t, diagnosis, 50, 90);
});
