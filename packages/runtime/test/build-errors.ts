/** What a build refuses, what it copies beside the bundle, and the image that it makes. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { serviceName } from '../src/build/image/manifest.ts';
import { warmUpRequest } from '../src/build/warm-up.ts';
import { Installed, startBundle } from './helpers/installed.ts';

const installed = new Installed();
const { folder } = installed;

const hello = "exports.hello = (_req, res) => res.send('fine');";

test.before(async () => {
  await installed.install();
  installed.write({
    'plain/index.js': hello,
    'empty/data.txt': 'no module',
    'broken/index.js': "const fine = 1;\nexports.hello = (req, res => res.send('fine');",
    'missing/index.js': "require('not-installed');",
    'waits/index.mjs': 'await Promise.resolve();\nexport const hello = () => {};',
    'node_modules/native/package.json': '{"name":"native","version":"1.0.0","dependencies":{"bindings":"1"}}',
    'node_modules/native/index.js': "module.exports = require('bindings')('native');",
    'node_modules/bindings/package.json': '{"name":"bindings","version":"1.0.0"}',
    'node_modules/bindings/index.js': "module.exports = name => require('../native/lib/' + name + '.js');",
    'node_modules/native/lib/native.js': "module.exports = () => 'from its folder';",
    'node_modules/native/node_modules/bindings/package.json': '{"name":"bindings","version":"2.0.0"}',
    'node_modules/native/node_modules/bindings/index.js':
      "module.exports = name => require('../../lib/' + name + '.js');",
    'with-native/index.js': "exports.hello = (_req, res) => res.send(require('native')());",
    'routes/index.js': "exports.hello = (req, res) => res.send(require('./names/' + req.query.name));",
    'routes/names/one.js': "module.exports = 'first';",
    'node_modules/computes/package.json': '{"name":"computes","version":"1.0.0"}',
    'node_modules/computes/index.js':
      "module.exports = name => require(require('node:path').join(__dirname, name));",
    'node_modules/computes/part.js': "module.exports = 'a part';",
    'computed/index.js': "exports.hello = (_req, res) => res.send(require('computes')('part.js'));",
    'theirs/dist/notes.txt': 'not ours',
    'theirs/index.js': hello,
    'addon/index.js': "exports.hello = (_req, res) => res.send(typeof require('./add.node'));",
    'addon/add.node': Buffer.from('not really one'),
  });
});
test.after.always(() => installed.remove());

const build = (...args: string[]) => installed.run(['build', ...args]);

/** A name for a bundle's folder, in a folder of the test's. */
function outFolder(t: ExecutionContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'traced-functions-build-'));
  t.teardown(() => rmSync(parent, { recursive: true }));
  return join(parent, 'out');
}

async function responseOf(t: ExecutionContext, out: string): Promise<string> {
  const { url, child } = await startBundle(out, { FUNCTION_TARGET: 'hello' });
  t.teardown(() => void child.kill('SIGKILL'));
  return (await fetch(url)).text();
}

const refused: Record<string, [source: string, message: RegExp]> = {
  'a folder without a module': ['empty', /empty has no module to load; name a file, or a folder with/],
  'a folder that is not there': ['nowhere', /nowhere has no module to load/],
  'a source that does not compile': [
    'broken',
    /^traced-functions build: index\.js:2:\d+: Expected "\)" but/m,
  ],
  'a package that is not installed': [
    'missing',
    /index\.js:1:9: Could not resolve "not-installed"\na package must be installed first/,
  ],
  'top-level await': [
    'waits/index.mjs',
    /index\.mjs:1:1: Top-level await is .* not supported.*\nawait in the function, or in what it calls first/,
  ],
  'a native addon that a package looks for': [
    'with-native',
    /native: has a native addon, which no bundle can contain; add --external native$/m,
  ],
};

for (const [what, [source, message]] of Object.entries(refused)) {
  test(`${what} ends the build with one clear error`, async t => {
    const { code, stdout, stderr } = await build(source, '--out', outFolder(t));
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.notRegex(stderr, /^ +at /m, 'no stack');
  });
}

test('a folder that no build has made is not deleted', async t => {
  const { code, stderr } = await build('theirs');
  t.is(code, 1);
  t.regex(stderr, /theirs\/dist: has files that traced-functions build did not make, and would delete/);
  t.true(existsSync(join(folder, 'theirs/dist/notes.txt')));
  for (const out of ['theirs', '.', 'theirs/index.js'])
    t.is((await build('theirs', '--out', out)).code, 1, out);
  t.true(existsSync(join(folder, 'theirs/index.js')));
});

test('an external package is copied with what it depends on, each in the version that it had', async t => {
  const out = outFolder(t);
  const { code, stderr } = await build('with-native', '--external', 'native', '--out', out);
  t.is(code, 0, stderr);
  t.is(await responseOf(t, out), 'from its folder');
});

test('a package that requires by computed names is named, and works as an external one', async t => {
  const bundled = outFolder(t);
  t.regex(
    (await build('computed', '--out', bundled)).stderr,
    /computes requires modules by computed names .*--external/,
  );
  const out = outFolder(t);
  t.is((await build('computed', '--out', out, '--external', 'computes')).code, 0);
  t.is(await responseOf(t, out), 'a part');
});

test('a computed name without extension is a warning, and one with it works', async t => {
  const out = outFolder(t);
  const { code, stderr } = await build('routes', '--out', out);
  t.is(code, 0);
  t.regex(stderr, /index\.js: requires a module by a computed name.*names\/.*; write the extension/);
  const { url, child } = await startBundle(out, { FUNCTION_TARGET: 'hello' });
  t.teardown(() => void child.kill('SIGKILL'));
  t.is(await (await fetch(`${url}?name=one.js`)).text(), 'first');
});

test('an external package that is not installed is a warning', async t => {
  const { code, stderr } = await build('missing', '--external', 'not-installed', '--out', outFolder(t));
  t.is(code, 0);
  t.regex(stderr, /--external not-installed: is not installed/);
});

test('an addon that a function requires by its path is copied beside the bundle', async t => {
  const out = outFolder(t);
  t.is((await build('addon', '--out', out)).code, 0);
  const { url, child } = await startBundle(out, { FUNCTION_TARGET: 'hello' });
  t.teardown(() => void child.kill('SIGKILL'));
  // It is no addon: the loader has found it and says so.
  t.is((await fetch(url)).status, 500);
  const [, name = ''] =
    /require\("(\.\/add-\w+\.node)"\)/.exec(readFileSync(join(out, 'main.bundle.cjs'), 'utf8')) ?? [];
  t.is(readFileSync(join(out, name), 'utf8'), 'not really one');
});

test('a pattern that matches no file ends the build', async t => {
  const { code, stderr } = await build('plain', '--include', 'data/**', '--out', outFolder(t));
  t.is(code, 1);
  t.regex(stderr, /--include data\/\*\*: matches no file in .*plain$/m);
});

for (const args of [
  ['--nonsense'],
  ['a', 'b'],
  ['--env', 'novalue'],
  ['--signature-type', 'typed'],
  ['--push'],
  ['--image', 'A B'],
  ['--image', 'x', '--builder', 'make'],
  ['--image', 'x', '--platform', 'linux/amd64,linux/arm64'],
]) {
  test(`the arguments ${args.join(' ')} end it with 2 and the usage`, async t => {
    const { code, stderr } = await build(...args);
    t.is(code, 2);
    t.regex(stderr, /usage: traced-functions build/);
  });
}

test('requests are read as they are written', t => {
  const read = (text: string) => {
    const { name: _, ...request } = warmUpRequest(text);
    return request;
  };
  t.deepEqual(read('get:/a?b=1&c=%3A'), { method: 'GET', path: '/a?b=1&c=%3A', headers: {} });
  t.deepEqual(read('DELETE:/a'), { method: 'DELETE', path: '/a', headers: {} });
  const json = { 'content-type': 'application/json' };
  t.deepEqual(read('POST:/:{"a":"x:y"}'), { method: 'POST', path: '/', headers: json, body: '{"a":"x:y"}' });
  const text = { 'content-type': 'text/plain' };
  t.deepEqual(read('PUT:/x:a: b'), { method: 'PUT', path: '/x', headers: text, body: 'a: b' });
  installed.write({
    'body.json': '{"b":2}',
    'legacy.json': '{"data":{},"context":{}}',
    'text.json': 'no JSON',
  });
  t.deepEqual(read(`POST:/:@${folder}/body.json`), {
    method: 'POST',
    path: '/',
    headers: json,
    body: '{"b":2}',
  });
  t.is(read(`event:${folder}/legacy.json`).headers['content-type'], 'application/json');
  for (const [wrong, message] of [
    ['/path', /cannot be read as a request; write METHOD:\/path/],
    ['GET', /cannot be read/],
    ['GET:path', /cannot be read/],
    ['GET:/:body', /a GET request has no body/],
    [`POST:/:@${folder}/none.json`, /none\.json cannot be read: ENOENT/],
    [`event:${folder}/text.json`, /text\.json is not JSON/],
  ] as const)
    t.throws(() => warmUpRequest(wrong), { message });
});

/** Runs a build with a shell script in the place of Docker. */
async function withDocker(t: ExecutionContext, args: string[]) {
  const programs = mkdtempSync(join(tmpdir(), 'traced-functions-docker-'));
  t.teardown(() => rmSync(programs, { recursive: true }));
  const log = join(programs, 'log');
  writeFileSync(join(programs, 'docker'), `#!/bin/sh\necho "$@" >>'${log}'\n`);
  chmodSync(join(programs, 'docker'), 0o755);
  const out = outFolder(t);
  const outcome = await installed.run(['build', ...args, '--out', out], { PATH: programs });
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { out, ...outcome, calls: calls.filter(call => !call.startsWith('version')) };
}

test('an image is built from the bundle’s folder and pushed, and its manifest ends the output', async t => {
  const image = 'registry.example.com/shop/orders:1.2';
  const args = ['plain', '--target', 'hello', '--env', 'GREETING=a "b" $c', '--image', image, '--push'];
  const { out, code, stdout, stderr, calls } = await withDocker(t, args);
  t.is(code, 0, stderr);
  t.is(calls.length, 2);
  t.regex(calls[0] ?? '', new RegExp(`^build .*--tag ${image} ${out}$`));
  t.is(calls[1], `push ${image}`);
  t.regex(stdout, /^kubectl apply -f \S+\/out\/service\.yaml\n$/);
  const dockerfile = readFileSync(join(out, 'Dockerfile'), 'utf8');
  t.regex(dockerfile, /^ENV FUNCTION_TARGET="hello"\nENV GREETING="a \\"b\\" \\\$c"\n$/m);
  const service = parse(readFileSync(join(out, 'service.yaml'), 'utf8'));
  t.is(service.metadata.name, 'orders');
  const [container] = service.spec.template.spec.containers;
  t.is(container.image, image);
  t.like(container.env, [
    { name: 'FUNCTION_TARGET', value: 'hello' },
    { name: 'GREETING', value: 'a "b" $c' },
  ]);
  t.true(existsSync(join(out, '.warm-up/main.cjs')), 'for the image’s own Node');
  t.false(existsSync(join(out, 'main.bundle.cjs.cache')));
});

test('a Dockerfile of the user’s is used as it is, and the platform is passed on', async t => {
  installed.write({ 'Own.Dockerfile': 'FROM scratch\nCOPY . /\n' });
  const args = ['plain', '--image', 'orders', '--platform', 'linux/arm64'];
  const { out, code, calls } = await withDocker(t, [...args, '--dockerfile', 'Own.Dockerfile']);
  t.is(code, 0);
  t.regex(calls[0] ?? '', /^build --platform linux\/arm64 /);
  t.is(readFileSync(join(out, 'Dockerfile'), 'utf8'), 'FROM scratch\nCOPY . /\n');
});

test('a builder that does not respond is named', async t => {
  const { code, stderr } = await withDocker(t, ['plain', '--image', 'orders', '--builder', 'podman']);
  t.is(code, 1);
  t.regex(stderr, /podman does not respond: install it, or start it$/m);
});

test('a service is named after its image', t => {
  t.is(serviceName('registry.example.com:5000/shop/Order_Mails:1.2'), 'order-mails');
  t.is(serviceName('9lives'), 'lives');
  t.is(serviceName('x@sha256:0f'), 'x');
});
