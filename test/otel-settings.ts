import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { context, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import test from 'ava';
import { Backlog } from '../packages/runtime/src/backlog.ts';
import { cleanEnvironment } from '../packages/runtime/src/otel-environment.ts';
import { settingsTables, withTables } from '../scripts/docs.ts';
import { startOrigin } from './helpers/origin.ts';
import { startFunctionProcess } from './helpers/process.ts';

const page = readFileSync(new URL('../docs/settings.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `(OTEL_\w+)` \| (works|not supported) \|/gm)].map(
  ([, name = '', status = '']) => ({ name, status }),
);

/** What can be used, and what cannot, of the variables whose names end so; the first that fits counts. */
const samples: [end: RegExp, good: string[], bad: string[]][] = [
  [/DISABLED$/, ['true', 'FALSE'], ['1', 'yes']],
  [/SERVICE_NAME$|USER$|PASSWORD$|HOST$/, ['shop'], []],
  [/RESOURCE_ATTRIBUTES$/, ['a=b,c=d%2C'], ['a', 'a=%zz', '=b', 'a=b=c']],
  [/LOG_LEVEL$/, ['none', 'INFO', 'warn'], ['loud']],
  [/PROPAGATORS$/, ['B3', 'tracecontext, jaeger'], ['xray', 'tracecontext,ottrace']],
  [/SAMPLER$/, ['always_off', 'ParentBased_TraceIdRatio'], ['jaeger_remote', 'half']],
  [/SAMPLER_ARG$/, ['0', '0.25', '1'], ['-1', '2', 'abc']],
  [/METRICS_EXPORTER$/, ['none', 'OTLP', 'otlp, prometheus,console'], ['xray', 'otlp,xray']],
  [/LOGS_EXPORTER$/, ['none'], ['otlp']],
  [/TEMPORALITY_PREFERENCE$/, ['cumulative', 'Delta', 'lowmemory'], ['both']],
  [/AGGREGATION$/, ['explicit_bucket_histogram', 'Base2_Exponential_Bucket_Histogram'], ['summary']],
  [/PROMETHEUS_PORT$/, ['0', '9464'], ['-1', '65536', 'http']],
  [/ENDPOINT$/, ['http://localhost:4318'], ['localhost:4318', 'ftp://a']],
  [/PROTOCOL$/, ['http/json', 'HTTP/Protobuf'], ['grpc', 'thrift']],
  [/HEADERS$/, ['a=b', 'authorization=Basic%20x'], ['hunter2', 'a b=hunter2', 'a=hunter2%0A']],
  [/COMPRESSION$/, ['gzip', 'none'], ['zstd']],
  [/CERTIFICATE$|KEY$/, [fileURLToPath(import.meta.url)], ['/no/such/file']],
  [
    /VALUE_LENGTH_LIMIT$|TIMEOUT$|INTERVAL$|SIZE$|PORT$/,
    ['1', '256'],
    ['0', '-1', 'abc', '1.5', '1e9', '99999999999999999999'],
  ],
  [/LIMIT$|DELAY$/, ['0', '100'], ['-1', 'abc', 'NaN', 'Infinity', '99999999999999999999']],
];

const samplesOf = (name: string) => {
  const found = samples.find(([end]) => end.test(name));
  if (found === undefined) throw new Error(`no samples for ${name}`);
  return { good: found[1], bad: found[2] };
};

test('the table of docs/settings.md is that of the code', t => {
  t.is(page, withTables(page, settingsTables), 'npm run docs writes it');
  t.true(rows.length > 60);
});

for (const { name, status } of rows) {
  test(`${name} ${status}, empty is unset, and what cannot be used is one warning`, t => {
    for (const empty of ['', '  ']) {
      const env = { [name]: empty };
      t.deepEqual(cleanEnvironment(env), []);
      t.false(name in env);
    }
    const { good, bad } = status === 'works' ? samplesOf(name) : { good: [], bad: ['1', 'x'] };
    for (const value of good) {
      const env: NodeJS.ProcessEnv = { [name]: ` ${value} ` };
      t.deepEqual(cleanEnvironment(env), [], value);
      t.is(env[name]?.toLowerCase().replaceAll(' ', ''), value.toLowerCase().replaceAll(' ', ''));
    }
    for (const value of bad) {
      const env: NodeJS.ProcessEnv = { [name]: value };
      const [warning = '', ...more] = cleanEnvironment(env);
      t.deepEqual(more, []);
      t.true(warning.startsWith(name), warning);
      t.regex(warning, /; used instead: \S/);
      t.notRegex(warning, /hunter2/);
      t.not(env[name], value);
    }
  });
}

test('a batch is no larger than the queue', t => {
  const env = { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '100', OTEL_BSP_MAX_QUEUE_SIZE: '10' };
  t.regex(cleanEnvironment(env).join('\n'), /^OTEL_BSP_MAX_EXPORT_BATCH_SIZE="100" .*used instead: 10$/);
  t.is(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, '10');
});

test('a warning shows no login of a URL', t => {
  const [warning = ''] = cleanEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: `ftp://${'me:hunter2'}@f.test` });
  t.notRegex(warning, /hunter2/);
});

test('a batch has at least one piece, whatever the limit', t => {
  for (const limit of [0, -1, Number.NaN]) {
    const backlog = new Backlog<string>(10, 10);
    backlog.add({ content: 'a', spans: 1, bytes: 1 });
    t.is(backlog.take(limit).length, 1);
  }
});

for (const size of ['0', '-1', 'abc', '1e9']) {
  test.serial(
    `OTEL_BSP_MAX_EXPORT_BATCH_SIZE=${size} is one warning, and SIGTERM sends the span and ends`,
    async t => {
      let posts = 0;
      const origin = await startOrigin((req, res) => {
        posts++;
        req.resume().on('end', () => res.writeHead(202).end());
      });
      t.teardown(origin.close);
      const root = await startFunctionProcess('root', {
        OTEL_TRACES_EXPORTER: 'jaeger',
        OTEL_EXPORTER_JAEGER_ENDPOINT: `${origin.url}/api/traces`,
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: size,
        SHUTDOWN_TIMEOUT_MS: '5000',
      });
      await fetch(root.url);
      root.child.kill('SIGTERM');
      t.is((await root.exit).code, 0);
      t.is(posts, 1);
      t.like(root.log.at(-1), { message: 'stopped', spans_dropped: 0 });
      const warnings = root.log.filter(({ severity }) => severity === 'WARNING');
      t.is(warnings.length, 1);
      t.regex(String(warnings[0]?.['message']), /^OTEL_BSP_MAX_EXPORT_BATCH_SIZE=/);
      t.like(root.log.at(-1), { message: 'stopped', spans_dropped: 0 });
    },
  );
}

/** What the SDK makes of a span that has three of everything, with the environment as the runtime cleans it. */
function spanWith(env: NodeJS.ProcessEnv) {
  const before = { ...process.env };
  Object.assign(process.env, env);
  cleanEnvironment(process.env);
  const memory = new InMemorySpanExporter();
  const sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
    metricReaders: [],
    textMapPropagator: null,
  });
  sdk.start();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  const attributes = { a: 'long', b: 'long', c: 'long' };
  const span = trace.getTracer('test').startSpan('one', { attributes });
  const link = { context: span.spanContext(), attributes };
  for (const name of ['x', 'y', 'z']) span.addEvent(name, attributes).addLink(link);
  span.end();
  trace.disable();
  context.disable();
  const [ended] = memory.getFinishedSpans();
  return {
    attributes: Object.keys(ended?.attributes ?? {}).length,
    text: ended?.attributes['a'],
    events: ended?.events.length,
    links: ended?.links.length,
    ofEvent: Object.keys(ended?.events[0]?.attributes ?? {}).length,
    ofLink: Object.keys(ended?.links[0]?.attributes ?? {}).length,
  };
}

const whole = { attributes: 3, text: 'long', events: 3, links: 3, ofEvent: 3, ofLink: 3 };

for (const [name, expected] of Object.entries({
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: { text: 'lo' },
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: { text: 'lo' },
  OTEL_ATTRIBUTE_COUNT_LIMIT: { attributes: 2 },
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: { attributes: 2 },
  OTEL_SPAN_EVENT_COUNT_LIMIT: { events: 2 },
  OTEL_SPAN_LINK_COUNT_LIMIT: { links: 2 },
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: { ofEvent: 2 },
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: { ofLink: 2 },
})) {
  test.serial(`${name} bounds a span, and -1 does not`, t => {
    t.like(spanWith({ [name]: ' 2 ' }), expected);
    t.deepEqual(spanWith({ [name]: '-1' }), whole);
  });
}

test.serial('names and booleans count in any case, and white space does not', async t => {
  const root = await startFunctionProcess('root', {
    OTEL_TRACES_EXPORTER: ' Console ',
    OTEL_TRACES_SAMPLER: 'ParentBased_TraceIdRatio',
    OTEL_PROPAGATORS: ' TraceContext , B3 ',
    OTEL_SDK_DISABLED: 'TRUE',
    OTEL_LOG_LEVEL: 'WARN',
    LOG_LEVEL: 'Info',
  });
  await fetch(root.url);
  root.child.kill('SIGTERM');
  t.is((await root.exit).code, 0);
  t.deepEqual(
    root.log.map(({ message }) => message),
    ['listening', 'stopped'],
  );
});

test.serial('a function starts with every variable set but empty', async t => {
  const own = [
    'LOG_LEVEL',
    'HOST',
    'LAME_DUCK_MS',
    'SHUTDOWN_TIMEOUT_MS',
    'REQUEST_TIMEOUT_MS',
    'OTEL_TRACES_EXPORTER',
  ];
  const empty = Object.fromEntries([...own, ...rows.map(({ name }) => name)].map(name => [name, '']));
  const root = await startFunctionProcess('root', empty);
  t.teardown(() => root.child.kill('SIGKILL'));
  t.deepEqual(
    root.log.map(({ message }) => message),
    ['listening'],
  );
});

test.serial(
  'OpenTelemetry’s own messages are JSON lines with the name of the part that writes them',
  async t => {
    const root = await startFunctionProcess('root', { OTEL_LOG_LEVEL: 'debug', LOG_LEVEL: 'debug' });
    root.child.kill('SIGTERM');
    t.is((await root.exit).code, 0);
    t.true(
      root.log.some(({ message }) => String(message).startsWith('@opentelemetry/instrumentation-http: ')),
    );
  },
);
