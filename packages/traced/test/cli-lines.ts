// Output for programs: a line for each trace, and a form that what was found does not change.
import test from 'ava';
import { folderWith, idOf, oneByOne, oneCommand, withId } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { traced } from './helpers/traced.ts';

const [slow, quick] = [withId(oneByOne(), idOf(1)), withId(oneCommand(), idOf(2))];
const files = { 'one.json': slow, 'two.json': [slow, quick] };

const lines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));

test.serial('--ndjson prints a line for each trace', async t => {
  const { folder: cwd } = folderWith(t, files);
  const run = async (command: string) =>
    lines((await traced([command, 'two.json', '--ndjson'], { cwd })).stdout);
  t.deepEqual(
    (await run('diagnose')).map(({ schema, traceId, findings }) => [schema, traceId, findings.length]),
    [
      ['traced.diagnosis/1', idOf(1), 1],
      ['traced.diagnosis/1', idOf(2), 0],
    ],
  );
  t.deepEqual(
    (await run('traces')).map(({ schema, traceId, spanCount }) => [schema, traceId, spanCount]),
    [
      ['traced.trace/1', idOf(1), 7],
      ['traced.trace/1', idOf(2), 2],
    ],
  );
  t.deepEqual(await run('show'), [slow, quick]);
});

test.serial('what show prints a line each is read again', async t => {
  const { folder: cwd } = folderWith(t, files);
  const { stdout } = await traced(['show', 'two.json', '--ndjson'], { cwd });
  const again = await traced(['show', '-', '--ndjson'], { input: stdout });
  t.is(again.stdout, stdout);
});

test.serial('the form of JSON is that of what was asked for, not of what was found', async t => {
  const { folder: cwd } = folderWith(t, files);
  const schema = async (...args: string[]) =>
    JSON.parse((await traced(['diagnose', ...args, '--json'], { cwd })).stdout).schema;
  t.is(await schema('one.json'), 'traced.set/1');
  t.is(await schema('two.json'), 'traced.set/1');
  t.is(await schema('two.json', '--trace', idOf(2)), 'traced.diagnosis/1');
  t.is(await schema('one.json', '--trace', idOf(1)), 'traced.diagnosis/1');
});

test.serial('colours are printed when they are asked for, whatever NO_COLOR says', async t => {
  const { folder: cwd } = folderWith(t, files);
  for (const command of ['show', 'diagnose']) {
    const isColored = async (args: string[], env: Record<string, string> = {}) =>
      (await traced([command, 'one.json', ...args], { cwd, env })).stdout.includes('\x1b[');
    t.deepEqual(
      [
        await isColored([]),
        await isColored(['--color', 'always'], { NO_COLOR: '1' }),
        await isColored([], { FORCE_COLOR: '1' }),
        await isColored(['--color=auto'], { NO_COLOR: '1', FORCE_COLOR: '1' }),
        await isColored(['--color', 'never'], { FORCE_COLOR: '1' }),
      ],
      [false, true, true, false, false],
      command,
    );
  }
  const { status, stderr } = await traced(['show', 'one.json', '--color', 'blue'], { cwd });
  t.is(status, 2);
  t.regex(stderr, /Allowed choices are auto, always, never/);
});

test.serial('how many other traces one was read beside is said, and can be chosen', async t => {
  const { query, store } = await startBackend(t);
  for (let n = 1; n <= 4; n++) store.add(storedTrace(oneByOne(), { traceID: idOf(n) }));
  const notes = async (...args: string[]) => {
    const { stdout } = await traced(['diagnose', idOf(1), '--jaeger', query, '--json', ...args]);
    return JSON.parse(stdout).notes as string[];
  };
  const beside = (count: string) => [`Read beside ${count} of the same request from the hour around it.`];
  t.deepEqual(await notes(), beside('3 other traces'));
  t.deepEqual(await notes('--others', '1'), beside('1 other trace'));
  t.deepEqual(await notes('--others', '0'), []);
  const { stdout } = await traced(['diagnose', idOf(1), '--jaeger', query]);
  t.regex(stdout, /- Read beside 3 other traces of the same request from the hour\s+around it\./);
});

test.serial('what of a file was set aside is said on standard error', async t => {
  const odd = { ...slow, spans: [...slow.spans, { spanID: 'x', startTime: 'abc' }] };
  const { folder: cwd } = folderWith(t, { 'odd.json': odd });
  const { status, stdout, stderr } = await traced(['traces', 'odd.json'], { cwd });
  t.is(status, 0);
  t.regex(stdout, / 7 shop-fn GET \/cart /);
  t.is(stderr, 'traced: odd.json: 1 of 8 spans set aside: span 8: "startTime" is "abc", not a number\n');
});
