import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { settings as exerciseSettings, readExerciseConfig } from '../functions/shared/settings.ts';
import { namespace } from '../packages/runtime/src/kubernetes.ts';
import { ConfigError } from '../packages/runtime/src/setting.ts';
import { readConfig, settings } from '../packages/runtime/src/settings.ts';

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
    tracesExporter: 'jaeger',
    jaegerEndpoint: 'http://jaeger-collector.observability.svc.cluster.local:14268/api/traces',
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
  ['PORT', '80a', /PORT="80a" must be a whole number from 0 to 65535/],
  ['PORT', '65536', /from 0 to 65535/],
  ['REQUEST_TIMEOUT_MS', '0', /from 1 to/],
  ['ALPHA_URL', 'alpha', /ALPHA_URL="alpha" must be a URL that starts with http:\/\/ or https:\/\//],
  ['UPSTREAM_URL', 'file:///etc/passwd', /http:\/\//],
  [
    'FAULTS',
    'alpha-stal',
    /knows no fault "alpha-stal"; there are: alpha-stall, alpha-broken, beta-uncached/,
  ],
  ['FAULTS', 'toString', /knows no fault "toString"/],
  ['OTEL_TRACES_EXPORTER', 'zipkin', /must be one of jaeger, otlp, console, none/],
  [
    'CLOUD_RUN_TIMEOUT_SECONDS',
    '-5',
    /^CLOUD_RUN_TIMEOUT_SECONDS="-5" must be a whole number from 0 to 3600$/,
  ],
  ['CLOUD_RUN_TIMEOUT_SECONDS', 'soon', /^CLOUD_RUN_TIMEOUT_SECONDS="soon" must be a whole number/],
  ['CLOUD_RUN_TIMEOUT_SECONDS', '1e99', /^CLOUD_RUN_TIMEOUT_SECONDS="1e99" must be a whole number/],
  ['CLOUD_RUN_TIMEOUT_SECONDS', '99999', /^CLOUD_RUN_TIMEOUT_SECONDS="99999" must be .* to 3600$/],
  ['LAME_DUCK_MS', '25000', /^LAME_DUCK_MS=25000 must be less than SHUTDOWN_TIMEOUT_MS=25000/],
  ['SHUTDOWN_TIMEOUT_MS', '-1', /^SHUTDOWN_TIMEOUT_MS="-1" must be a whole number/],
  ['LOG_LEVEL', 'loud', /must be one of debug, info, warning, error/],
];

for (const [name, value, message] of wrong) {
  test(`${name}=${value || '(empty)'} is refused with what to do`, t => {
    t.throws(() => read({ [name]: value }), { instanceOf: ConfigError, message });
  });
}

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

const { faults: _faults, ignoredRoutes: _ignoredRoutes, ...others } = { ...settings, ...exerciseSettings };

for (const [key, { name }] of Object.entries(others)) {
  test(`${name} set to nothing or to spaces is unset`, t => {
    const unset = read({ [name]: undefined }) as Record<string, unknown>;
    for (const value of ['', ' ', '\t\n']) {
      t.deepEqual(
        (read({ [name]: value }) as Record<string, unknown>)[key],
        unset[key],
        JSON.stringify(value),
      );
    }
  });
}

test('an empty list of faults and one of ignored routes are empty lists', t => {
  t.deepEqual(read({ IGNORED_ROUTES: '' }).ignoredRoutes, []);
  t.deepEqual(read({ IGNORED_ROUTES: ' ' }).ignoredRoutes, []);
  t.is(read({ FAULTS: ' ' }).faults.size, 0);
});

test('values are trimmed, and words may be in any letter case', t => {
  const env = {
    PORT: ' 0 ',
    LOG_LEVEL: 'WARNING',
    OTEL_TRACES_EXPORTER: ' OTLP',
    FUNCTION_SIGNATURE_TYPE: 'CloudEvent',
  };
  t.like(read(env), { port: 0, logLevel: 'warning', tracesExporter: 'otlp', signatureType: 'cloudevent' });
  t.deepEqual(read({ OTEL_PROPAGATORS: ' B3Multi , TraceContext' }).propagators, ['b3multi', 'tracecontext']);
  t.deepEqual(read({ OTEL_PROPAGATORS: 'xray,baggage,' }).propagators, ['baggage']);
  t.deepEqual(read({ OTEL_PROPAGATORS: 'xray' }).propagators, ['tracecontext', 'baggage']);
});

test('the framework’s timeout is used where ours is unset', t => {
  t.is(read({ CLOUD_RUN_TIMEOUT_SECONDS: '5' }).requestTimeoutMs, 5_000);
  t.is(read({ CLOUD_RUN_TIMEOUT_SECONDS: '5', REQUEST_TIMEOUT_MS: '70' }).requestTimeoutMs, 70);
  t.is(read({ CLOUD_RUN_TIMEOUT_SECONDS: '0' }).requestTimeoutMs, 30_000);
});

test('a short time to stop leaves half of it for the requests under way', t => {
  t.is(read({ SHUTDOWN_TIMEOUT_MS: '600' }).lameDuckMs, 300);
  t.is(read({ SHUTDOWN_TIMEOUT_MS: '1' }).lameDuckMs, 0);
  t.throws(() => read({ SHUTDOWN_TIMEOUT_MS: '600', LAME_DUCK_MS: '600' }), { instanceOf: ConfigError });
});

test('a setting that cannot be used has one line, whatever depends on it', t => {
  for (const name of ['CLOUD_RUN_TIMEOUT_SECONDS', 'SHUTDOWN_TIMEOUT_MS']) {
    for (const value of ['-5', 'x', '1.5', 'Infinity', '1e30']) {
      const error = t.throws(() => read({ [name]: value }), { instanceOf: ConfigError });
      t.is(error?.message.split('\n').length, 1, error?.message);
    }
  }
});
