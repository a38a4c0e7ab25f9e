import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readExerciseConfig } from '../functions/shared/settings.ts';
import { namespace } from '../packages/runtime/src/kubernetes.ts';
import { ConfigError } from '../packages/runtime/src/setting.ts';
import { readConfig } from '../packages/runtime/src/settings.ts';

const read = (env: NodeJS.ProcessEnv) => ({
  ...readConfig({ FUNCTION_TARGET: 'root', ...env }),
  ...readExerciseConfig(env),
});

test('nothing set is v2 with the documented defaults', t => {
  t.like(read({}), {
    functionTarget: 'root',
    port: 8080,
    requestTimeoutMs: 30_000,
    upstreamUrl: 'https://www.google.com/search?q=python',
    redisUrl: 'redis://redis-primary:6379',
    tracesExporter: 'otlp',
    jaegerEndpoint: 'http://localhost:14268/api/traces',
    propagators: ['tracecontext', 'baggage'],
  });
  t.is(read({}).faults.size, 0);
});

test('faults are a list, spaces and the empty one allowed', t => {
  t.deepEqual(
    [...read({ FAULTS: 'alpha-stall, gateway-serial,' }).faults],
    ['alpha-stall', 'gateway-serial'],
  );
  t.is(read({ FAULTS: '' }).faults.size, 0);
});

const wrong: [name: string, value: string, message: RegExp][] = [
  ['FUNCTION_SIGNATURE_TYPE', 'typed', /must be one of http, event, cloudevent/],
  ['PORT', '80a', /PORT="80a" must be a whole number from 0 to 65535/],
  ['PORT', '65536', /from 0 to 65535/],
  ['REQUEST_TIMEOUT_MS', '-1', /from 0 to/],
  ['ALPHA_URL', 'alpha', /ALPHA_URL="alpha" must be a URL that starts with http:\/\/ or https:\/\//],
  ['UPSTREAM_URL', 'file:///etc/passwd', /http:\/\//],
  [
    'FAULTS',
    'alpha-stal',
    /names an unknown fault, "alpha-stal"; available: alpha-stall, alpha-broken, beta-uncached/,
  ],
  ['FAULTS', 'toString', /unknown fault, "toString"/],
  ['OTEL_TRACES_EXPORTER', 'zipkin', /must be one of otlp, jaeger, console, none/],
  ['LAME_DUCK_MS', '25000', /must be less than SHUTDOWN_TIMEOUT_MS="25000"/],
  ['LOG_LEVEL', 'loud', /must be one of debug, info, warning, error/],
];

for (const [name, value, message] of wrong) {
  test(`${name}=${value || '(empty)'} is refused with what to do`, t => {
    t.throws(() => read({ [name]: value }), { instanceOf: ConfigError, message });
  });
}

test('REQUEST_TIMEOUT_MS=0 is no deadline, whatever the framework’s variable says', t => {
  const days = 86_400_000;
  t.true(read({ REQUEST_TIMEOUT_MS: '0', CLOUD_RUN_TIMEOUT_SECONDS: '5' }).requestTimeoutMs > 10 * days);
});

test('a short time to stop in leaves half of it to the requests under way', t => {
  for (const [limit, lameDuckMs] of [
    ['1', 0],
    ['500', 250],
    ['700', 350],
    ['1000', 500],
    ['25000', 500],
  ] as const)
    t.is(read({ SHUTDOWN_TIMEOUT_MS: limit }).lameDuckMs, lameDuckMs);
  t.throws(() => read({ SHUTDOWN_TIMEOUT_MS: '500', LAME_DUCK_MS: '500' }), {
    instanceOf: ConfigError,
    message: /^LAME_DUCK_MS="500" must be less than SHUTDOWN_TIMEOUT_MS="500"/,
  });
});

test('all that is wrong is said at once', t => {
  const error = t.throws(() => read({ PORT: 'x', LOG_LEVEL: 'y' }));
  t.is(error.message.split('\n').length, 2);
});

test('a refused address of Redis does not show its password', t => {
  const error = t.throws(() => read({ REDIS_URL: 'http://:hunter2@redis' }));
  t.regex(error.message, /REDIS_URL must be a URL that starts with redis:\/\//);
  t.notRegex(error.message, /hunter2/);
});

test('a refused address shows no login', t => {
  const error = t.throws(() => read({ UPSTREAM_URL: `ftp://${'me:secret'}@f.test/a@b` }), {
    instanceOf: ConfigError,
  });
  t.regex(error?.message ?? '', /^UPSTREAM_URL="ftp:\/\/…@f\.test\/a@b" must be a URL/);
});

test('functions are found in the namespace of the first search domain', t => {
  const folder = mkdtempSync(join(tmpdir(), 'resolv-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'resolv.conf');
  writeFileSync(
    file,
    'nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\n',
  );
  t.is(namespace(file), 'shop');
  writeFileSync(file, 'search example.org\n');
  t.is(namespace(file), 'default');
  t.is(namespace(join(folder, 'none')), 'default');
});

test('REQUEST_BODY_LIMIT takes bytes or a unit', async t => {
  const { readConfig } = await import('../packages/runtime/src/settings.ts');
  const limit = (value?: string) =>
    readConfig(value === undefined ? {} : { REQUEST_BODY_LIMIT: value }).requestBodyLimit;
  for (const [value, expected] of [
    [undefined, 33_554_432],
    ['1', 1],
    ['1000000', 1_000_000],
    ['512b', 512],
    ['10k', 10_240],
    ['10mb', 10_485_760],
    ['32MiB', 33_554_432],
    ['1.5 MB', 1_572_864],
    ['1g', 1_073_741_824],
  ] as const) {
    t.is(limit(value), expected, value);
  }
  for (const value of ['0', '-1', 'mb', '10 parrots', '2g', '1e6', '0x10', 'Infinity', '10mib b']) {
    t.throws(() => limit(value), { message: /^REQUEST_BODY_LIMIT=.* must be a number of bytes/ }, value);
  }
});
