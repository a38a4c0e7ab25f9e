// The command against a real Jaeger; only where JAEGER_TEST_QUERY and JAEGER_TEST_OTLP (base URLs) are set.
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { oneByOne, oneCommand } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { getJson, newID, postOtlpJson } from './helpers/trace-backend.ts';
import { traced } from './helpers/traced.ts';

const { JAEGER_TEST_QUERY = '', JAEGER_TEST_OTLP = '' } = process.env;
const withJaeger = JAEGER_TEST_QUERY !== '' && JAEGER_TEST_OTLP !== '' ? test.serial : test.serial.skip;

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

/** Sends a drawn trace as OTLP, its service renamed, since the real Jaeger keeps what earlier runs sent. */
async function send(trace: JaegerTrace, service: string, version: string): Promise<string> {
  const traceId = newID(16);
  const spans = storedTrace(trace, { traceID: traceId }).map(span => ({
    traceId,
    spanId: span.spanID,
    parentSpanId: span.references[0]?.spanID,
    name: span.operationName,
    kind: span.references.length === 0 ? 2 : 3,
    startTimeUnixNano: String(span.startTime),
    endTimeUnixNano: String(span.startTime + span.duration),
    attributes: span.references.length === 0 ? [] : [attribute('db.system', 'redis')],
  }));
  const resource = {
    attributes: [attribute('service.name', service), attribute('service.version', version)],
  };
  await postOtlpJson({ otlp: JAEGER_TEST_OTLP }, { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  for (;;) {
    const { body } = await getJson({ query: JAEGER_TEST_QUERY }, `/api/traces/${traceId}`);
    if (body.data?.[0]?.spans.length === trace.spans.length) return traceId;
    await pause(50);
  }
}

withJaeger('a real Jaeger is listed, diagnosed and compared', async t => {
  const service = `traced-${newID(8)}`;
  const slow = [await send(oneByOne(), service, 'v1'), await send(oneByOne(), service, 'v1')];
  const quick = await send(oneCommand(), service, 'v2');
  const env = { JAEGER_URL: JAEGER_TEST_QUERY };
  const run = async (...args: string[]) => (await traced(args, { env })).stdout;
  const list = (await run('traces', '--service', service)).trimEnd().split('\n');
  t.deepEqual(list.map(line => line.split(' ').at(-1)).sort(), [...slow, quick].sort());
  t.regex(await run('diagnose', slow[0] as string), /\n1 {2}6 get commands sequentially\n/);
  t.regex(await run('diagnose', `${JAEGER_TEST_QUERY}/trace/${quick}`), /\nNo problems found/);
  t.regex(await run('diagnose', '-s', service, '-n', '50'), /one-by-one · measured · in 2 of 3 traces/);
  t.regex(await run('diagnose', '-s', service, '-t', 'service.version=v2'), /\nNo problems found/);
  const sides = ['--before-tag', 'service.version=v1', '--after-tag', 'service.version=v2'];
  t.regex(
    await run('compare', '-s', service, ...sides),
    /^traced-\w+ GET \/cart took 55.0 ms instead of 180 ms/,
  );
});

withJaeger('a real Jaeger’s own words come through', async t => {
  const env = { JAEGER_URL: JAEGER_TEST_QUERY };
  const service = `traced-${newID(8)}`;
  const id = await send(oneCommand(), service, 'v1');
  const said = async (...args: string[]) => (await traced(args, { env })).stderr;
  const nobody = 'f'.repeat(32);
  t.is(await said('diagnose', nobody), `traced: there is no trace ${nobody} at ${JAEGER_TEST_QUERY}\n`);
  t.regex(await said('diagnose', '-s', `${service}x`), /unknown service "traced-\w+x"; available: \w/);
  t.regex(
    await said('diagnose', '-s', service, '-o', 'nix'),
    /unknown operation "nix"; available: GET \/cart, mget\n$/,
  );
  t.regex(
    await said('diagnose', '-s', service, '--min-duration', '2h', '--max-duration', '1h'),
    /--min-duration must not be longer than --max-duration/,
  );
  t.is((await traced(['show', id], { env })).status, 0);
});
