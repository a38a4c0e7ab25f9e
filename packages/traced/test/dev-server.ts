/** `traced dev`: what it runs, says and shows. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { readTrace, serviceEdges } from '../../../test/helpers/npm-start.ts';
import { isAlive, untilGone } from '../../../test/helpers/processes.ts';
import { listenOn } from '../src/dev/listen.ts';
import { Dev, folderWith, get, program, responding, write } from './helpers/dev.ts';

const three = {
  'hello/index.js': `const { http } = require('@google-cloud/functions-framework');
    http('hello', async (req, res) => res.send(await (await fetch(process.env.BACK_URL)).text()));`,
  'back/package.json': '{"scripts": {"start": "functions-framework --target=answer --source=lib"}}',
  'back/index.js': '',
  'back/lib/index.js': `exports.other = () => {}; exports.answer = (req, res) => res.send(process.env.WORD + process.env.OWN);`,
  'events/index.mjs': `import { cloudEvent } from '@google-cloud/functions-framework';
    cloudEvent('onEvent', event => { if (event.type === 'bad') throw new Error('bad'); return [event.type, event.data, event.subject]; });`,
  '.env': 'WORD=secret-word\nOWN=no',
  'back/.env': 'OWN=own',
  'notes/readme.md': '',
};

async function traceOf(dev: Dev, id: string) {
  const [, traces = ''] = await dev.stdoutHas(/^ready: .* · traces: http:\/\/localhost(:\d+)$/m);
  return readTrace(`http://127.0.0.1${traces}`, id);
}

test('the functions of a folder find each other, read .env, and make one trace that is shown', async t => {
  const dev = new Dev(t, folderWith(t, three));
  const url = await dev.urlOf('hello');
  await dev.stdoutHas(/^ready: 3 of 3 functions · traces: /m);
  const { text, traceId } = await get(`${url}/?token=hidden`);
  t.is(text, 'secret-wordown');
  await dev.stdoutHas(/^GET \/: 200 in \d+ ms$/m);
  await dev.stdoutHas(new RegExp(`^in the browser: http://localhost:\\d+/trace/${traceId}$`, 'm'));
  t.regex(dev.stdout, /^trace [0-9a-f]{32} · 3 spans · 2 services/m);
  t.regex(dev.stdout, /^[\d ]*answer-fn +GET /m);
  const trace = await traceOf(dev, traceId);
  t.deepEqual(serviceEdges(trace), ['hello-fn > answer-fn']);
  t.deepEqual(
    trace.spans.map(({ operationName }) => operationName),
    ['GET', 'GET', 'GET'],
  );
  t.is(dev.stdout.match(/^GET \//gm)?.length, 1);
  t.notRegex(dev.stdout + dev.stderr, /secret-word|hidden/);
});

const send = (dev: Dev, cwd: string, args: string[], input = '') => {
  const env = { ...process.env, TMPDIR: dev.folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, 'send', ...args], {
    cwd,
    env,
    input,
  });
  return { status, stdout: String(stdout), stderr: String(stderr) };
};

test('traced dev send sends a CloudEvent and prints the response', async t => {
  const folder = folderWith(t, { ...three, 'event.json': '{"a":1}' });
  const dev = new Dev(t, folder, { args: ['--quiet'] });
  await dev.isReady();
  const sent = send(dev, folder, ['events', '{"a":1}', '--type', 'x.y']);
  t.deepEqual(sent, { status: 0, stdout: '["x.y",{"a":1},null]\n', stderr: 'events: 200 OK\n' });
  t.is(send(dev, '/', ['events', join(folder, 'event.json')]).stdout, '["com.example.event",{"a":1},null]\n');
  const event = { specversion: '1.0', id: '1', source: '/s', type: 'whole', subject: 'sub', data: 'text' };
  t.is(send(dev, folder, ['events', '-'], JSON.stringify(event)).stdout, '["whole","text","sub"]\n');
  const failed = send(dev, folder, ['events', '--type', 'bad']);
  t.is(failed.status, 1);
  t.regex(failed.stderr, /^events: 500 /);
  const unknown = send(dev, folder, ['nope']);
  t.is(unknown.stderr, 'traced: unknown function "nope"; available: back, events, hello\n');
  t.is(unknown.status, 2);
  t.regex(
    send(dev, folder, ['events', 'no.json']).stderr,
    /^traced: "no.json": no such file, and not JSON$/m,
  );
  dev.child.kill('SIGTERM');
  await dev.exit;
  t.regex(send(dev, folder, ['events']).stderr, /^traced: traced dev is not running/);
});

test('a folder without functions is an error of one sentence', async t => {
  const dev = new Dev(t, folderWith(t, { 'notes/readme.md': '' }));
  t.deepEqual(await dev.exit, { code: 2, signal: null });
  t.is(
    dev.stderr,
    'traced: no functions in .: a function is a folder with index.ts or index.js, or with a package.json that has a "main"\n',
  );
  t.is(dev.stdout, '');
});

test('a folder that is not there is an error of one sentence', async t => {
  const dev = new Dev(t, folderWith(t, {}), { args: ['nowhere'] });
  t.is((await dev.exit).code, 2);
  t.is(dev.stderr, 'traced: nowhere: no such folder\n');
});

for (const [variable, option] of [
  ['PORT', '--port'],
  ['JAEGER_PORT', '--jaeger-port'],
  ['COLLECTOR_PORT', '--collector-port'],
  ['OTLP_PORT', '--otlp-port'],
] as const) {
  test(`a taken ${variable} is an error of one sentence, and nothing is left running`, async t => {
    const holder = createServer();
    t.teardown(() => holder.close());
    const port = await listenOn(holder, 0);
    const folder = folderWith(t, { 'index.js': responding('hello', 'one') });
    const dev = new Dev(t, folder, { env: { [variable]: String(port) } });
    t.deepEqual(await dev.exit, { code: 2, signal: null });
    const sentence = `port ${port} is taken; set ${option} or ${variable} to another one (0 for any that is free)`;
    t.is(dev.stderr, `traced: ${sentence}\n`);
    t.deepEqual(dev.processes(), []);
  });
}

const failing: [what: string, code: string, reason: RegExp][] = [
  [
    'exits at once',
    'process.exit(3);',
    /^bad ended before it listened \(exit status 3\), and wrote nothing$/m,
  ],
  ['does not compile', 'const = 1;', /^bad ended before it listened .*bad\/index\.js:1/ms],
  ['throws', 'null.x;', /^bad ended before it listened .*cannot start: Cannot read .*bad\/index\.js:1:6/ms],
  [
    'registers nothing',
    '',
    /^bad ended before it listened .*neither registered nor exported a function "bad"$/m,
  ],
];
for (const [what, code, reason] of failing) {
  test(`a function that ${what} is reported once, and the others are served`, async t => {
    const folder = folderWith(t, { 'bad/index.js': code, 'hello/index.js': responding('hello', 'one') });
    const dev = new Dev(t, folder);
    await dev.stdoutHas(/^ready: 1 of 2 functions/m);
    await dev.stderrHas(reason);
    t.is(dev.stderr.match(/bad ended/g)?.length, 1);
    t.is((await get(await dev.urlOf('hello'))).text, 'one');
  });
}

test('a folder that is a function itself is served under its target', async t => {
  const code = `const { http } = require('@google-cloud/functions-framework');
    for (const name of ['first', 'second']) http(name, (req, res) => res.send(name));`;
  const folder = folderWith(t, { 'src/index.js': code, 'package.json': '{"main": "src/index.js"}' });
  const dev = new Dev(t, folder, { args: ['--target', 'second'] });
  const [, url = ''] = await dev.stdoutHas(/^ready: (http:\S+)/m);
  t.is((await get(url.replace('localhost', '127.0.0.1'))).text, 'second');
});

test('--inspect gives each function a debugger, also after a change', async t => {
  const folder = folderWith(t, { 'hello/index.js': responding('hello', 'one') });
  const holder = createServer();
  const port = await listenOn(holder, 0);
  await new Promise(resolve => holder.close(resolve));
  const dev = new Dev(t, folder, { args: [`--inspect=${port}`, '--quiet'] });
  const url = await dev.urlOf('hello');
  const debuggers = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`);
    return ((await response.json()) as unknown[]).length;
  };
  t.is(await debuggers(), 1);
  const first = dev.processOf('hello');
  write(folder, 'hello/index.js', responding('hello', 'two'));
  await untilGone(first);
  t.is((await get(url)).text, 'two');
  t.is(await debuggers(), 1);
});

test('an upgraded connection is passed on', async t => {
  const code = `const { http } = require('@google-cloud/functions-framework');
    http('hello', (req, res) => { res.status(418).send(req.headers.upgrade); });`;
  const dev = new Dev(t, folderWith(t, { 'hello/index.js': code }), { args: ['--quiet'] });
  const url = await dev.urlOf('hello');
  const request = httpGet(url, { headers: { connection: 'upgrade', upgrade: 'test' } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  t.is(response.statusCode, 418);
  t.is(String(await response.toArray()), 'test');
});

test('SIGTERM lets a request end, and leaves nothing running', async t => {
  const slow = `require('@google-cloud/functions-framework').http('hello', (req, res) => {
    res.write('one'); setTimeout(() => res.end(' done'), 1000); });`;
  const dev = new Dev(t, folderWith(t, { 'hello/index.js': slow }));
  const response = await fetch(await dev.urlOf('hello'));
  const pid = dev.processOf('hello');
  dev.child.kill('SIGTERM');
  t.is(await response.text(), 'one done');
  t.deepEqual(await dev.exit, { code: 0, signal: null });
  t.false(isAlive(pid));
  t.deepEqual(dev.processes(), []);
  t.deepEqual(dev.leftFiles(), []);
});

test('a process that is killed is replaced, and a request meanwhile waits for the next one', async t => {
  const dev = new Dev(t, folderWith(t, { 'hello/index.js': responding('hello', 'one') }), {
    args: ['--quiet'],
  });
  const url = await dev.urlOf('hello');
  for (let n = 0; n < 3; n++) {
    const pid = dev.processOf('hello');
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    t.deepEqual(await get(url).then(({ status, text }) => [status, text]), [200, 'one']);
  }
});
