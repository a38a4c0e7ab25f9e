// `traced capture`: a collector for as long as a command runs, then the diagnosis of what it sent.
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { folderWith } from './helpers/drawn.ts';
import { startTraced, traced, until } from './helpers/traced.ts';

/** A program that posts a trace of six equal calls in a row, as an exporter does, and then does what is added. */
const program = (then = '') => `
const span = (spanId, start, end, parts) => ({
  traceId: 'a'.repeat(32), spanId: spanId.padStart(16, '0'), name: 'get', kind: 3,
  startTimeUnixNano: String(1700000000000 + start) + '000000', endTimeUnixNano: String(1700000000000 + end) + '000000', ...parts,
});
const parentSpanId = '1'.padStart(16, '0');
const attributes = [{ key: 'db.system.name', value: { stringValue: 'redis' } }, { key: 'db.operation.name', value: { stringValue: 'get' } }];
const calls = Array.from({ length: 6 }, (_, i) => span(String(i + 2), i * 25, i * 25 + 20, { parentSpanId, attributes }));
const spans = [span('1', 0, 160, { name: 'GET /cart', kind: 2 }), ...calls];
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop-fn' } }] };
console.log('printed by the command');
const response = await fetch(process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
});
if (response.status !== 200) process.exit(9);
${then}
`;

type T = Parameters<typeof folderWith>[0];

function capturing(t: T, then = '') {
  const { folder: cwd, path } = folderWith(t, {});
  writeFileSync(path('tests.mjs'), program(then));
  const child = ['--', process.execPath, 'tests.mjs'];
  return { cwd, run: (...options: string[]) => traced(['capture', ...options, ...child], { cwd }), child };
}

test.serial('what a command sends is diagnosed, apart from what it prints', async t => {
  const { status, stdout, stderr } = await capturing(t).run();
  t.is(status, 0, stderr);
  t.regex(stdout, /^shop-fn GET \/cart took 160 ms\n/);
  t.regex(stdout, /6 get/);
  t.is(stderr, 'printed by the command\n');
});

test.serial('the diagnosis is the exit status, and a report is all that is on standard output', async t => {
  const { status, stdout, stderr } = await capturing(t).run('--fail-on', 'any', '--format', 'sarif');
  t.is(status, 1);
  t.is(JSON.parse(stdout).runs[0].results.length, 1);
  t.regex(stderr, /^printed by the command\nexit status 1: /);
});

test.serial('a command that fails ends with its own status, with the diagnosis of what it sent', async t => {
  const { status, stdout } = await capturing(t, 'process.exit(3);').run('--fail-on', 'any', '--json');
  t.is(status, 3);
  t.is(JSON.parse(stdout).schema, 'traced.set/1');
});

test.serial('a command that sends nothing fails, and one that cannot be run', async t => {
  const nothing = await traced(['capture', '--', process.execPath, '-e', '']);
  t.is(nothing.status, 2);
  t.regex(nothing.stderr, /^traced: no traces were received; does the command export OTLP over HTTP/);
  t.is((await traced(['capture', '--', process.execPath, '-e', 'process.exit(4)'])).status, 4);
  const missing = await traced(['capture', '--', 'no-such-command-here']);
  t.like(missing, {
    status: 2,
    stderr: 'traced: no-such-command-here cannot be run: there is no such command\n',
  });
  t.is((await traced(['capture'])).status, 2);
});

test.serial('an interruption reaches the command, whose traces are diagnosed', async t => {
  const { cwd, child } = capturing(
    t,
    "process.on('SIGTERM', () => process.exit(0)); console.log('ready'); setInterval(() => {}, 1e3);",
  );
  const running = startTraced(['capture', ...child], { cwd });
  const stdout = until(running.stdout as NonNullable<typeof running.stdout>, /6 get/);
  await until(running.stderr as NonNullable<typeof running.stderr>, /ready/);
  running.kill('SIGTERM');
  t.regex(await stdout, /shop-fn GET \/cart took 160 ms/);
});
