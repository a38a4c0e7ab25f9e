import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { parse } from 'yaml';
import { faults } from '../functions/shared/faults.ts';
import { settings as exercise } from '../functions/shared/settings.ts';
import { settings } from '../packages/runtime/src/settings.ts';
import { functionNames } from '../scripts/function-names.ts';

interface Service {
  image?: string;
  build?: { args: Record<string, string> };
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  ports?: string[];
  environment?: Record<string, string | null>;
  healthcheck?: { test?: string[]; disable?: boolean };
  deploy?: { replicas: number };
  command?: string[];
}

const require = createRequire(import.meta.url);
const file: { services: Record<string, Service> } = parse(
  readFileSync(new URL('../compose.yaml', import.meta.url), 'utf8'),
  { merge: true },
);
const services = Object.entries(file.services);
const service = (name: string): Service => {
  const found = file.services[name];
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
};

test('compose.yaml keeps to the compose specification’s schema', t => {
  const folder = join(dirname(require.resolve('dclint/package.json')), 'schemas');
  const { $schema: _draft, ...schema } = JSON.parse(
    readFileSync(join(folder, 'compose.schema.json'), 'utf8'),
  );
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  t.true(validate(file), JSON.stringify(validate.errors, null, 1));
  t.false(validate({ services: { root: { imagee: 'x' } } }), 'the schema knows a wrong name');
});

test('every container is without root, capabilities and a root to write to', t => {
  for (const [name, { user, read_only, cap_drop, security_opt, mem_limit }] of services) {
    t.regex(user ?? '', /^[1-9]\d*/, name);
    t.like(
      { read_only, cap_drop, security_opt },
      {
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      },
      name,
    );
    t.truthy(mem_limit, name);
  }
});

test('every image has a version, and one that is built here has the name of its function', t => {
  for (const [name, { image, build }] of services) {
    if (image) t.regex(image, /^[a-z.]+\/[a-z/-]+:v?\d[\w.-]*$/, name);
    if (image && build)
      t.deepEqual([image, build.args['FUNCTION']], [`dev.local/traced-functions/${name}:v2`, name]);
  }
  const built = services.flatMap(([name, { image, build }]) => (image && build ? [name] : []));
  t.deepEqual(built.sort(), functionNames());
  // Nobody can pull what is named dev.local.
  for (const [name, { image = 'dev.local', build }] of services)
    if (image.startsWith('dev.local')) t.truthy(build, name);
});

test('every function and Redis has a health check', t => {
  for (const name of functionNames()) t.is(service(name).healthcheck?.test?.at(-1), 'healthcheck.cjs', name);
  for (const name of ['redis-primary', 'redis-secondary']) t.truthy(service(name).healthcheck?.test, name);
});

test('only the gateway and Jaeger’s page are reached from outside, from this machine, at the ports of npm start', t => {
  const ports = services.flatMap(([name, { ports = [] }]) => ports.map(port => [name, port]));
  t.deepEqual(ports, [
    ['gateway', '127.0.0.1:8080:8080'],
    ['jaeger', '127.0.0.1:16686:16686'],
  ]);
});

test('what the functions are told they read, and every address is a service', t => {
  const known = new Set(Object.values({ ...settings, ...exercise }).map(({ name }) => name));
  for (const name of functionNames()) {
    for (const [variable, value] of Object.entries(service(name).environment ?? {})) {
      t.true(known.has(variable) || variable.startsWith('OTEL_'), `${name}: ${variable}`);
      if (value !== null && variable !== 'OTEL_TRACES_EXPORTER')
        t.true(new URL(value).hostname in file.services, `${name}: ${variable}`);
    }
  }
  t.is(service('beta').environment?.['UPSTREAM_URL'], null, 'the page is the default one');
  t.true('redis-lost-primary' in faults && service('redis-lost').command?.[0]?.includes('createServer'));
});

test('Redis has two replicas of its primary', t => {
  const { deploy, command } = service('redis-secondary');
  t.is(deploy?.replicas, 2);
  t.deepEqual(command?.slice(-3), ['--replicaof', 'redis-primary', '6379']);
});
