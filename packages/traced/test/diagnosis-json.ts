import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { compare } from '../src/diagnosis/compare.ts';
import { causes } from '../src/diagnosis/compare-paths.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { findingKinds } from '../src/diagnosis/findings.ts';
import { comparisonJson, diagnosisJson, setJson } from '../src/diagnosis/json.ts';
import { diagnoseAll } from '../src/diagnosis/set.ts';
import { anyTrace } from './helpers/any-trace.ts';
import { timeline } from './helpers/timeline.ts';

type Schema = { [keyword: string]: unknown };

const docs = new URL('../../../docs/', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('traced.schema.json', docs), 'utf8')) as Schema;
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/** The published schema lets later fields pass; here each field has to be in it. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (!isSchema(part)) return part;
  const made = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]));
  return 'properties' in part && 'required' in part ? { ...made, additionalProperties: false } : made;
}

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(closed(schema) as Schema);

/** What a program reads that is given the printed text. */
function valid<Json>(t: ExecutionContext, json: Json): Json {
  const read = JSON.parse(JSON.stringify(json)) as Json;
  t.true(validate(read), JSON.stringify(validate.errors, null, 2));
  t.deepEqual(read, json);
  return read;
}

const slow = timeline(`
  gateway-fn GET /redis |--------------------------| {kind: server}
    redis-fn GET /redis  |------------------------|  {kind: server}
      redis-fn set        |-||-||-||-||-||-||-|      {kind: client, db.system: redis}
`);

test('a diagnosis is plain, with span ids for spans', t => {
  const json = valid(t, diagnosisJson(diagnose(slow)));
  t.is(json.schema, 'traced.diagnosis/1');
  t.deepEqual(
    [json.traceId, json.rootSpanId, json.service, json.operation],
    ['t', 's1', 'gateway-fn', 'GET /redis'],
  );
  t.deepEqual([json.spanCount, json.startUs, json.durationUs], [9, 1_700_000_000_000_000, 27_000]);
  const [finding] = json.findings;
  t.is(finding?.kind, 'one-by-one');
  t.deepEqual(finding?.spanIds.slice(0, 2), ['s3', 's3.1']);
  t.is(json.savingUs, json.durationUs - json.whatIfUs);
  t.is(finding?.savingUs, json.durationUs - (finding?.whatIfUs ?? 0));
  t.deepEqual(json.criticalPath[0], {
    spanId: 's1',
    service: 'gateway-fn',
    operation: 'GET /redis',
    startUs: 0,
    endUs: 1_000,
  });
  t.deepEqual(json.time.byKind[0], { name: 'database', criticalUs: 14_000, selfUs: 14_000, spanCount: 7 });
});

test('a trace without spans has a diagnosis too', t => {
  const json = valid(t, diagnosisJson(diagnose({ traceID: 't', spans: [], processes: {}, warnings: null })));
  t.deepEqual([json.rootSpanId, json.service, json.durationUs], [null, null, 0]);
});

test('a set has its groups, each with an example, and a diagnosis of each trace', t => {
  const json = valid(t, setJson(diagnoseAll([slow, { ...slow, traceID: 'u' }])));
  t.is(json.schema, 'traced.set/1');
  t.deepEqual([json.traceCount, json.groups[0]?.kind, json.groups[0]?.traceCount], [2, 'one-by-one', 2]);
  t.is(json.groups[0]?.example.spanIds[0], 's3');
  t.deepEqual(
    json.diagnoses.map(({ traceId }) => traceId),
    ['t', 'u'],
  );
});

test('a comparison names the parent of a path by its place in the list', t => {
  const quick = timeline(`
    gateway-fn GET /redis |----------| {kind: server}
      redis-fn GET /redis  |--------|  {kind: server}
        redis-fn mset        |----|    {kind: client, db.system: redis}
  `);
  const json = valid(t, comparisonJson(compare([slow], [quick])));
  t.is(json.schema, 'traced.comparison/1');
  const [request] = json.requests;
  t.deepEqual([request?.verdict, request?.change], ['too-few', { byUs: -16_000, interval: null }]);
  const paths = request?.paths ?? [];
  const gone = paths.find(({ operation }) => operation === 'set');
  t.deepEqual([gone?.cause, gone?.contributionUs, gone?.after, gone?.change], ['gone', -14_000, null, null]);
  const above = paths[gone?.parent ?? -1];
  t.deepEqual([above?.service, above?.operation, above?.depth], ['redis-fn', 'GET /redis', 1]);
  t.is(paths.filter(({ parent }) => parent === null).length, 1);
});

test('a comparison of sets has intervals, and what is in one set only', t => {
  const other = timeline('cron tick |--|');
  const json = valid(t, comparisonJson(compare([...Array(5).fill(slow), other], Array(5).fill(slow))));
  t.deepEqual(json.requests[0]?.change, { byUs: 0, interval: { lowUs: 0, highUs: 0 } });
  t.deepEqual(json.onlyBefore, [{ service: 'cron', operation: 'tick', traceCount: 1, medianUs: 3_000 }]);
});

test('what is made of any traces fits the schema', t => {
  fc.assert(
    fc.property(fc.array(anyTrace, { maxLength: 6 }), traces => {
      for (const trace of traces) valid(t, diagnosisJson(diagnose(trace)));
      valid(t, setJson(diagnoseAll(traces)));
      valid(t, comparisonJson(compare(traces.slice(0, 3), traces.slice(2))));
    }),
    { numRuns: 50 },
  );
});

test('the published schema lets a later field pass', t => {
  const published = new Ajv2020({ allowUnionTypes: true }).compile(schema);
  t.true(published({ ...diagnosisJson(diagnose(slow)), later: 1 }));
  t.false(published({ ...diagnosisJson(diagnose(slow)), schema: 'traced.diagnosis/2' }));
});

test('the schema lists every kind of finding and every cause', t => {
  const enums = JSON.stringify(valuesOf(schema, 'enum'));
  t.true(enums.includes(JSON.stringify(findingKinds)));
  t.true(enums.includes(JSON.stringify(causes)));
});

test('the page on the JSON tells of every field, kind and cause', t => {
  const page = readFileSync(new URL('json.md', docs), 'utf8');
  const fields = valuesOf(schema, 'properties').flatMap(properties => Object.keys(properties as Schema));
  for (const word of new Set([...fields, ...findingKinds, ...causes]))
    t.true(page.includes(`\`${word}\``), word);
});

/** The values of a keyword wherever it is in a schema. */
function valuesOf(part: unknown, keyword: string): unknown[] {
  if (!isSchema(part)) return [];
  const here = !Array.isArray(part) && keyword in part ? [part[keyword]] : [];
  return [...here, ...Object.values(part).flatMap(value => valuesOf(value, keyword))];
}
