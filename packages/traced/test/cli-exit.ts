import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { folderWith, idOf, oneByOne, oneCommand, withId } from './helpers/drawn.ts';
import { timeline } from './helpers/timeline.ts';
import { serve, startTraced, traced } from './helpers/traced.ts';

const files = {
  'slow.json': withId(oneByOne(), idOf(1)),
  'quick.json': withId(oneCommand(), idOf(2)),
  'both.json': [withId(oneByOne(), idOf(1)), withId(oneCommand(), idOf(2))],
};

// [what is read, the options, the exit status]
const cases: [string, string[], number][] = [
  ['slow.json', [], 0],
  ['slow.json', ['--fail-on', 'one-by-one'], 1],
  ['slow.json', ['--fail-on', 'stall,one-by-one'], 1],
  ['slow.json', ['--fail-on', 'any'], 1],
  ['slow.json', ['--fail-on', 'stall'], 0],
  ['slow.json', ['--min-cost', '50'], 1],
  ['slow.json', ['--min-cost', '10s'], 0],
  ['slow.json', ['--fail-on', 'stall', '--min-cost', '50'], 1],
  ['slow.json', ['--fail-on', 'any', '--json'], 1],
  ['slow.json', ['--min-saving', '50'], 1],
  ['slow.json', ['--min-saving', '101ms'], 0],
  ['slow.json', ['--min-saving', '101ms', '--min-cost', '50'], 1],
  ['quick.json', ['--fail-on', 'any', '--min-cost', '0'], 0],
  ['both.json', ['--fail-on', 'any'], 1],
];

for (const [file, options, expected] of cases) {
  test.serial(`diagnose ${[file, ...options].join(' ')} exits with ${expected}`, async t => {
    const { folder } = folderWith(t, files);
    const { status, stdout, stderr } = await traced(['diagnose', file, ...options], { cwd: folder });
    t.is(status, expected);
    t.true(stdout.length > 0);
    t.is(stderr.startsWith('exit status 1: one-by-one'), expected === 1, stderr);
  });
}

test.serial('what is only possible fails a pipeline where that is asked for', async t => {
  const row = timeline(
    `
    bff GET /home  |--------------------------------|   {kind: server}
      bff GET       |--------|                          {kind: client, http.method: GET, http.url: "http://auth/verify"}
      bff GET                 |--------|                {kind: client, http.method: GET, http.url: "http://profile/me"}
      bff GET                           |--------|      {kind: client, http.method: GET, http.url: "http://offers/me"}
    `,
  );
  const { folder } = folderWith(t, { 'row.json': row });
  const run = (...options: string[]) => traced(['diagnose', 'row.json', ...options], { cwd: folder });
  t.is((await run('--fail-on', 'any')).status, 0);
  t.is((await run('--fail-on', 'any', '--certainty', 'possible')).status, 1);
});

test.serial('an objective that is missed fails a pipeline, and says which fixes would meet it', async t => {
  const { folder } = folderWith(t, files);
  const run = (limit: string) =>
    traced(['diagnose', 'both.json', '--objective', `p95<${limit}`], { cwd: folder });
  const missed = await run('100ms');
  t.is(missed.status, 1);
  t.regex(missed.stderr, /^exit status 1: p95 is 17\d ms, not below 100 ms/);
  t.regex(
    missed.stdout,
    /Objective missed: p95 below 100 ms; it is 17\d ms\. With finding 1 fixed, it\s+would\s+be\s+about \d\d\.\d ms\./,
  );
  const met = await run('10s');
  t.is(met.status, 0);
  t.regex(met.stdout, /Objective met: p95 below 10\.00 s/);
});

test.serial('of a set it is said in how many traces', async t => {
  const { folder } = folderWith(t, files);
  const { stderr } = await traced(['diagnose', 'both.json', '--min-cost', '50'], { cwd: folder });
  t.regex(stderr, /^exit status 1: one-by-one in 1 of 2 traces; the most expensive cost 120 ms\n$/);
});

test.serial('a reader that has seen enough ends it quietly, and its exit status stays', async t => {
  const many = Array.from({ length: 3_000 }, (_, n) => withId(oneByOne(), idOf(n)));
  const { path } = folderWith(t, { 'many.json': { data: many } });
  for (const [args, expected] of [
    [['show'], 0],
    [['diagnose', '--json', '--fail-on', 'any'], 1],
  ] as const) {
    const [command, ...options] = args;
    const child = startTraced([command, path('many.json'), ...options]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    let said = '';
    child.stderr?.on('data', chunk => (said += chunk));
    const [status] = await once(child, 'close');
    t.is(status, expected, command);
    t.notRegex(said, /EPIPE|at |Error/);
  }
});

test.serial('Ctrl-C ends it quietly with 130', async t => {
  let asked = () => {};
  const isAsked = new Promise<void>(resolve => (asked = resolve));
  const hanging = await serve(t, () => asked());
  const child = startTraced(['diagnose', idOf(1), '--jaeger', hanging]);
  let said = '';
  child.stderr?.on('data', chunk => (said += chunk));
  await isAsked;
  child.kill('SIGINT');
  t.deepEqual(await once(child, 'close'), [130, null]);
  t.is(said, '');
});

// util-linux's, which most systems have: runs a command on a terminal of its own.
const hasScript = spawnSync('script', ['--version']).error === undefined;

(hasScript ? test.serial : test.serial.skip)(
  'on a terminal it is in colour and as wide as that, up to 120 columns',
  t => {
    const { path } = folderWith(t, files);
    const main = new URL('../src/cli/main.ts', import.meta.url).pathname;
    const widest = (columns: number, env = '') => {
      const command = `stty cols ${columns}; ${env} '${process.execPath}' '${main}' show '${path('slow.json')}' 2>/dev/null`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], TERM: 'xterm' },
      });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken off
      const plain = stdout.replaceAll(/\x1b\[[\d;]*m/g, '');
      return {
        isColored: plain !== stdout,
        width: Math.max(...plain.split(/\r?\n/).map(line => [...line].length)),
      };
    };
    t.deepEqual(widest(100), { isColored: true, width: 100 });
    t.deepEqual(widest(200), { isColored: true, width: 120 });
    t.false(widest(80, 'NO_COLOR=1').isColored);
    t.false(widest(80, 'TERM=dumb').isColored);
  },
);
