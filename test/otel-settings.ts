import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { checkOtelEnvironment } from '../packages/runtime/src/otel-environment.ts';
import { otelSettings } from '../packages/runtime/src/otel-settings.ts';
import { readConfig } from '../packages/runtime/src/settings.ts';
import { ask } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';
import { startFunctionProcess } from './helpers/process.ts';

/** The rows of the page's table: a variable and what it promises. */
const rows = [
  ...readFileSync(new URL('../docs/settings.md', import.meta.url), 'utf8').matchAll(
    /^\| `(OTEL_\w+)` \| (.*?) \| (as specified|in part|not supported)(?:: .*?)? \| (.*?) \|$/gm,
  ),
].map(([, name = '', , support = '', instead = '']) => ({ name, support, instead }));

const settingOf = (name: string) => {
  const found = otelSettings.find(setting => setting.name === name);
  if (found === undefined) throw new Error(`${name} is not in the code`);
  return found;
};

/** What the check makes of one variable. */
function check(name: string, value: string) {
  const env: NodeJS.ProcessEnv = { [name]: value };
  const warnings = checkOtelEnvironment(env);
  return { warnings, used: env[name] };
}

test('the page has a row for each variable, and each variable one entry', t => {
  t.true(rows.length > 80, `${rows.length} rows`);
  t.deepEqual(rows.map(({ name }) => name).sort(), otelSettings.map(({ name }) => name).sort());
  t.is(new Set(rows.map(({ name }) => name)).size, rows.length);
});

for (const { name, support, instead } of rows) {
  const { kind, isSecret = false } = settingOf(name);

  test(`${name}, ${support}, does what its row says`, t => {
    for (const empty of ['', '  ']) t.deepEqual(check(name, empty), { warnings: [], used: undefined });
    if (support !== 'not supported') {
      const { warnings, used } = check(name, `  ${kind.examples.valid} `);
      t.deepEqual(warnings, []);
      t.is(used, kind.parse(kind.examples.valid));
    }
    const unusable = support === 'not supported' ? ['anything', 'true', '1'] : kind.examples.invalid;
    for (const value of unusable) {
      if (instead === 'the start fails') {
        t.throws(() => readConfig({ [name]: value }), { message: new RegExp(`^${name}="${value}" must be`) });
        continue;
      }
      const { warnings, used } = check(name, value);
      t.is(warnings.length, 1, value);
      t.true(warnings[0]?.startsWith(name));
      t.regex(warnings[0] ?? '', /used instead: \S/);
      t.is(warnings[0]?.includes(value.slice(0, 200)), !isSecret, warnings[0]);
      t.not(used, value);
    }
  });
}

test('the part of a list that can be used is used', t => {
  t.is(check('OTEL_PROPAGATORS', 'xray, B3 ,tracecontext').used, 'b3,tracecontext');
  t.is(check('OTEL_PROPAGATORS', 'xray').used, undefined);
  t.is(check('OTEL_EXPORTER_OTLP_HEADERS', 'a=1,nonsense,b=2').used, 'a=1,b=2');
});

test('a list of nothing is unset', t => {
  for (const name of ['OTEL_PROPAGATORS', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_RESOURCE_ATTRIBUTES']) {
    t.deepEqual(check(name, ' , ,'), { warnings: [], used: undefined });
  }
});

test('a batch of more than the queue holds is as large as the queue', t => {
  const env = { OTEL_BSP_MAX_QUEUE_SIZE: '50', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '60' };
  const warnings = checkOtelEnvironment(env);
  t.deepEqual(warnings, [
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE="60" must be at most the size of the queue; used instead: 50',
  ]);
  t.is(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, '50');
});

test('a login in an address is not repeated', t => {
  const { warnings } = check('OTEL_EXPORTER_OTLP_ENDPOINT', `ftp://${'me:secret'}@collector`);
  t.is(warnings.length, 1);
  t.notRegex(warnings[0] ?? '', /secret/);
});

test('variables that the table does not have are left alone', t => {
  const env = { OTEL_SOMETHING_NEW: '1', OTEL_SEMCONV_STABILITY_OPT_IN: 'http/dup', OTELX: '', PATH: '' };
  t.deepEqual(checkOtelEnvironment(env), []);
  t.deepEqual(env, {
    OTEL_SOMETHING_NEW: '1',
    OTEL_SEMCONV_STABILITY_OPT_IN: 'http/dup',
    OTELX: '',
    PATH: '',
  });
});

/** A collector that keeps what it gets. */
async function collector(t: ExecutionContext) {
  const posts: { headers: IncomingMessage['headers']; url: string; body: Buffer }[] = [];
  const origin = await startOrigin(async (req, res) => {
    const body = Buffer.concat(await req.toArray());
    posts.push({ headers: req.headers, url: req.url ?? '', body });
    res.writeHead(200).end();
  });
  t.teardown(origin.close);
  return { url: origin.url, posts };
}

/** Starts root with these variables, asks it once and stops it. */
async function runOnce(t: ExecutionContext, env: NodeJS.ProcessEnv) {
  const root = await startFunctionProcess('root', env);
  t.teardown(() => root.child.kill('SIGKILL'));
  await ask(root.url);
  root.child.kill('SIGTERM');
  t.is((await root.exit).code, 0);
  return root.log;
}

const warningsIn = (log: Record<string, unknown>[]) =>
  log.filter(({ severity }) => severity === 'WARNING').map(({ message }) => String(message));

test.serial('a process with every variable set wrong warns once of each, and sends its span', async t => {
  const { url, posts } = await collector(t);
  const wrong = otelSettings.flatMap(({ name, support, kind, isRefused }) => {
    const value = support === 'not supported' ? 'x' : kind.examples.invalid.at(-1);
    return value === undefined || isRefused ? [] : [[name, value] as const];
  });
  const endpoint = `${url}/api/traces`;
  const log = await runOnce(t, {
    ...Object.fromEntries(wrong),
    OTEL_TRACES_EXPORTER: 'JAEGER',
    OTEL_EXPORTER_JAEGER_ENDPOINT: endpoint,
  });
  t.deepEqual(
    warningsIn(log)
      .map(message => /^\w+/.exec(message)?.[0])
      .sort(),
    wrong.map(([name]) => name).sort(),
  );
  t.is(posts.length, 1);
});

test.serial('a process with every variable empty is one with none set', async t => {
  const { url, posts } = await collector(t);
  const empty = Object.fromEntries(otelSettings.map(({ name }) => [name, '']));
  const log = await runOnce(t, {
    ...empty,
    PORT: '0',
    LOG_LEVEL: '',
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${url}/api/traces`,
  });
  t.deepEqual(warningsIn(log), []);
  t.is(posts.length, 1);
});

test.serial('the variables of OTLP, the resource and the limits of spans do what they say', async t => {
  const { url, posts } = await collector(t);
  const log = await runOnce(t, {
    OTEL_TRACES_EXPORTER: 'Otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: ` ${url} `,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'HTTP/JSON',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'GZIP',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_TRACES_SAMPLER: 'TraceIdRatio',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
  });
  t.deepEqual(warningsIn(log), [
    'OTEL_EXPORTER_OTLP_PROTOCOL="grpc" must be one of http/protobuf, http/json; used instead: http/protobuf',
  ]);
  const [post] = posts;
  t.is(post?.url, '/v1/traces');
  t.like(post?.headers, {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'x-tenant': 'a b',
  });
  const { resourceSpans } = JSON.parse(gunzipSync(post?.body ?? Buffer.of()).toString());
  const attributes = new Map(
    resourceSpans[0].resource.attributes.map(
      ({ key, value }: { key: string; value: { stringValue: string } }) => [key, value.stringValue],
    ),
  );
  t.is(attributes.get('service.name'), 'shop');
  t.is(attributes.get('deployment.environment.name'), 'test');
  const spans: { attributes: { value: { stringValue?: string } }[] }[] = resourceSpans.flatMap(
    ({ scopeSpans }: { scopeSpans: { spans: [] }[] }) => scopeSpans.flatMap(scope => scope.spans),
  );
  t.is(Math.max(...spans.map(span => span.attributes.length)), 2);
  const values = spans.flatMap(span => span.attributes.map(({ value }) => value.stringValue ?? ''));
  t.is(Math.max(...values.map(({ length }) => length)), 3);
});

for (const env of [
  { OTEL_SDK_DISABLED: 'TRUE' },
  { OTEL_TRACES_SAMPLER: 'ALWAYS_OFF' },
  { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: ' 0 ' },
]) {
  test.serial(`with ${JSON.stringify(env)} nothing is sent`, async t => {
    const { url, posts } = await collector(t);
    const endpoint = { OTEL_TRACES_EXPORTER: 'jaeger', OTEL_EXPORTER_JAEGER_ENDPOINT: url };
    t.deepEqual(warningsIn(await runOnce(t, { ...env, ...endpoint })), []);
    t.is(posts.length, 0);
  });
}

test.serial('Jaeger’s agent wins over its collector, with one warning', async t => {
  const { url, posts } = await collector(t);
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  t.teardown(() => agent.close());
  await once(agent, 'listening');
  const datagram = once(agent, 'message');
  const log = await runOnce(t, {
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_ENDPOINT: url,
    OTEL_EXPORTER_JAEGER_AGENT_HOST: '127.0.0.1',
    OTEL_EXPORTER_JAEGER_AGENT_PORT: String(agent.address().port),
  });
  t.is(warningsIn(log).length, 1);
  t.regex(warningsIn(log)[0] ?? '', /^OTEL_EXPORTER_JAEGER_ENDPOINT=/);
  await datagram;
  t.is(posts.length, 0);
});

test.serial('pieces of JSON become one document', async t => {
  const { otlpChannel } = await import('../packages/runtime/src/otlp-channel.ts');
  const { url, posts } = await collector(t);
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
  process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'http/json';
  const channel = await otlpChannel();
  t.deepEqual(await channel.send([Buffer.from('{"a":1}'), Buffer.from('{"b":2}')], 2), { kind: 'taken' });
  t.deepEqual(JSON.parse(String(posts[0]?.body)), { resourceSpans: [{ a: 1 }, { b: 2 }] });
  await channel.close();
});
