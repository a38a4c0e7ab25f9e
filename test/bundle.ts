import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { nodeOptions } from '../packages/runtime/src/node-options.ts';
import { Bundles } from './helpers/bundles.ts';
import { sourceOf, spawnFunction, startFunctionProcess } from './helpers/process.ts';

const run = promisify(execFile);
const bundles = new Bundles();
test.before(async () => {
  await bundles.make('redis');
  await bundles.make('typed', sourceOf('typed'));
});
test.after.always(() => bundles.remove());

const nowhere = 'http://127.0.0.1:1';

const preload = fileURLToPath(new URL('./helpers/sources/code-cache.cjs', import.meta.url));

test('V8 takes the code of a bundle from its cache', async t => {
  const env = { NODE_OPTIONS: `--require ${preload}` };
  const child = spawnFunction('redis', env, bundles.file('redis'));
  const messages: unknown[] = [];
  child.on('message', message => messages.push(message));
  while (messages.length < 3) await once(child, 'message');
  child.kill('SIGKILL');
  t.like(messages, [{ type: 'code', cached: true }, { type: 'code', cached: true }, { type: 'listening' }]);
});

test('a code cache that does not fit is left unused', async t => {
  const folder = join(bundles.folder, 'other');
  cpSync(join(bundles.folder, 'redis'), folder, { recursive: true });
  writeFileSync(join(folder, 'main.bundle.cjs.cache'), 'of another version');
  const { child, port } = await startFunctionProcess('redis', {}, join(folder, 'main.cjs'));
  child.kill('SIGKILL');
  t.true(port > 0);
});

test('a bundle says nothing on stderr, with either exporter loaded', async t => {
  for (const exporter of ['jaeger', 'otlp']) {
    const env = {
      OTEL_TRACES_EXPORTER: exporter,
      OTEL_EXPORTER_OTLP_ENDPOINT: nowhere,
      OTEL_EXPORTER_JAEGER_ENDPOINT: nowhere,
      SHUTDOWN_TIMEOUT_MS: '1000',
    };
    const child = spawnFunction('redis', env, bundles.file('redis'), 'pipe');
    const stderr = text(child.stderr as Readable);
    const [{ port }] = await once(child, 'message');
    await fetch(`http://127.0.0.1:${port}/favicon.ico`);
    child.kill('SIGTERM');
    t.is(await stderr, '');
  }
});

test('a bundle sends its spans to an agent by UDP', async t => {
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  t.teardown(() => agent.close());
  await once(agent, 'listening');
  const { child, port } = await bundles.start('typed', {
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_AGENT_HOST: '127.0.0.1',
    OTEL_EXPORTER_JAEGER_AGENT_PORT: String(agent.address().port),
    LAME_DUCK_MS: '0',
  });
  t.teardown(() => child.kill('SIGKILL'));
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  const traceId = answer.headers.get('traceresponse')?.split('-')[1] ?? '';
  child.kill('SIGTERM');
  const [datagram] = (await once(agent, 'message')) as [Buffer];
  t.true(datagram.includes('typed-fn'));
  // In Thrift a trace's id is two numbers, the low one first.
  t.true(datagram.includes(Buffer.from(traceId.slice(16), 'hex')));
});

test('a bundle has no domains in it, which would slow every request', t => {
  const code = readFileSync(bundles.file('redis', 'main.bundle.cjs'), 'utf8');
  t.notRegex(code, /require\(["'](node:)?domain["']\)/);
});

test('a type is found by a file’s ending, in the table that is loaded for it', async t => {
  const { child, port } = await bundles.start('typed');
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  child.kill('SIGKILL');
  t.is(answer.headers.get('content-type'), 'text/html; charset=utf-8');
});

test('the image starts Node with the options that functions have here', t => {
  const dockerfile = readFileSync(new URL('../packages/runtime/Dockerfile', import.meta.url), 'utf8');
  const entrypoint = /^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]';
  t.deepEqual(JSON.parse(entrypoint), ['/nodejs/bin/node', ...nodeOptions, 'main.cjs']);
});

test('the health check ends with 0 where the function answers, else with 1', async t => {
  const { child, port } = await bundles.start('redis');
  const check = () =>
    run(process.execPath, [bundles.file('redis', 'healthcheck.cjs')], { env: { PORT: String(port) } });
  await t.notThrowsAsync(check());
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.is((await t.throwsAsync<Error & { code: number }>(check())).code, 1);
});

test('the licenses of what is in a bundle come with it', t => {
  const licenses = readFileSync(bundles.file('redis', 'LICENSES.txt'), 'utf8');
  for (const name of ['@opentelemetry/exporter-jaeger', 'express', 'ioredis']) {
    t.regex(licenses, new RegExp(`^${name} \\d`, 'm'));
  }
});
