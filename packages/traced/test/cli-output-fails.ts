// Output that cannot be written and input that cannot be read: a sentence, exit status 2, and no half file.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { folderWith, idOf, oneByOne, withId } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { until } from './helpers/traced.ts';

const main = new URL('../src/cli/main.ts', import.meta.url).pathname;
const files = {
  'slow.json': withId(oneByOne(), idOf(1)),
  'many.json': { data: Array.from({ length: 200 }, (_, n) => withId(oneByOne(), idOf(n + 1))) },
};
const folderOf = (t: ExecutionContext) => folderWith(t, files);

/** Runs `traced …` in a shell, with what the shell does to its streams. */
function shell(folder: string, command: string, env: Record<string, string> = {}): SpawnSyncReturns<string> {
  return spawnSync('sh', ['-c', `traced() { '${process.execPath}' '${main}' "$@"; }; ${command}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
    maxBuffer: 64e6,
    timeout: 30_000,
  });
}

const commands = [
  '--help',
  '--version',
  'help diagnose',
  'ui --help',
  'completion bash',
  "complete-line 'traced d'",
  'traces slow.json',
  'traces --json slow.json',
  'show slow.json',
  'show --json slow.json',
  'diagnose slow.json',
  'diagnose --json slow.json',
  'diagnose --fail-on stall slow.json',
  'diagnose --fail-on any slow.json',
  'compare slow.json slow.json',
  'compare --json slow.json slow.json',
  'ui --port 0 --jaeger http://127.0.0.1:1',
];

const onLinux = existsSync('/dev/full') ? test.serial : test.serial.skip;

onLinux('a full standard output is a sentence and exit status 2, whichever command writes', t => {
  const { folder } = folderOf(t);
  for (const command of commands) {
    const { status, stderr } = shell(folder, `traced ${command} > /dev/full`);
    t.is(status, 2, command);
    t.regex(
      stderr,
      /^(?:exit status.*\n)?traced: standard output cannot be written: no space left.*\n$/,
      command,
    );
  }
});

onLinux('with a full or closed standard error the exit status is still right', t => {
  const { folder } = folderOf(t);
  for (const stderr of ['/dev/full', '&-']) {
    t.is(shell(folder, `traced diagnose --fail-on any slow.json 2>${stderr}`).status, 1);
    t.is(shell(folder, `traced diagnose slow.json > /dev/full 2>${stderr}`).status, 2);
    t.is(shell(folder, `traced diagnose none.json 2>${stderr}`).status, 2);
    t.is(shell(folder, `traced diagnos 2>${stderr}`).status, 2);
    const whole = shell(folder, `traced show --json many.json 2>${stderr}`);
    t.is(whole.status, 0);
    t.is(JSON.parse(whole.stdout).data.length, 200);
  }
});

// A limit of 512 or 1,024 bytes a block: the write that crosses it takes a part and reports no error.
test.serial('a disk that fills in the middle of the output is noticed', t => {
  const { folder, path } = folderOf(t);
  for (const command of [
    'show --json many.json',
    'diagnose --fail-on any --json slow.json',
    'show many.json',
  ]) {
    const { status, stderr } = shell(folder, `ulimit -f 2; traced ${command} > out`);
    t.is(status, 2, command);
    t.regex(stderr, /^traced: standard output cannot be written: .*\n$/);
    t.true(readFileSync(path('out')).length > 0);
  }
});

test.serial('a reader that is gone ends every command quietly', t => {
  const { folder } = folderOf(t);
  for (const command of commands.filter(command => !command.startsWith('ui --port'))) {
    const piped = `{ traced ${command}; echo "status $?" >&2; } | true`;
    const { stderr } = shell(folder, piped);
    const expected = command.includes('any') ? 1 : 0;
    t.regex(stderr, new RegExp(`^(?:exit status 1.*\\n)?status ${expected}\\n$`), command);
  }
});

onLinux('watch ends with exit status 2 when standard output is full', async t => {
  const { store, query } = await startBackend(t);
  store.add(storedTrace(oneByOne(), { traceID: idOf(1) }));
  const full = openSync('/dev/full', 'w');
  t.teardown(() => closeSync(full));
  const args = [main, 'watch', '-s', 'shop-fn', '--every', '50ms', '--jaeger', query];
  const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const stderr = child.stderr as Readable;
  t.regex(await until(stderr, /\n/), /^watching shop-fn/);
  store.add(storedTrace(oneByOne(), { traceID: idOf(2) }));
  const [[status], said] = await Promise.all([once(child, 'close'), until(stderr, /\n/)]);
  t.is(status, 2);
  t.regex(said, /^traced: standard output cannot be written: no space left.*\n$/);
});

onLinux('an HTML file that cannot be written is a sentence, and what was there stays', t => {
  const { folder, path } = folderOf(t);
  mkdirSync(path('folder'));
  symlinkSync('loop', path('loop'));
  for (const [file, reason] of [
    ['/dev/full', 'no space left on the device'],
    ['folder', 'it is a folder'],
    ['gone/out.html', 'there is no such folder'],
    ['slow.json/out.html', 'a part of its path is not a folder'],
    ['loop', 'its symbolic links lead in a circle'],
    ['x'.repeat(300), 'its name is too long'],
  ] as const) {
    const all = ['show slow.json', 'diagnose slow.json', 'compare slow.json slow.json'];
    for (const command of file === 'folder' ? all : all.slice(0, 1)) {
      const { status, stdout, stderr } = shell(folder, `traced ${command} --html ${file}`);
      t.is(status, 2, file);
      t.is(stdout, '');
      t.is(stderr, `traced: ${file} cannot be written: ${reason}\n`);
    }
  }
  t.deepEqual(readdirSync(folder).sort(), ['folder', 'loop', 'many.json', 'slow.json']);
});

test.serial('a disk that fills while an HTML file is written leaves the old file and no other', t => {
  const { folder, path } = folderOf(t);
  writeFileSync(path('old.html'), 'old');
  for (const file of ['old.html', 'new.html']) {
    const { status, stdout, stderr } = shell(folder, `ulimit -f 8; traced show slow.json --html ${file}`);
    t.is(status, 2);
    t.is(stdout, '');
    t.is(stderr, `traced: ${file} cannot be written: it would be larger than the system allows\n`);
  }
  t.is(readFileSync(path('old.html'), 'utf8'), 'old');
  t.deepEqual(readdirSync(folder).sort(), ['many.json', 'old.html', 'slow.json']);
});

test.serial('an HTML file replaces what a link leads to, and goes to a pipe as it is', t => {
  const { folder, path } = folderOf(t);
  writeFileSync(path('old.html'), 'old', { mode: 0o640 });
  symlinkSync('old.html', path('link.html'));
  t.is(shell(folder, 'traced show slow.json --html link.html').status, 0);
  t.regex(readFileSync(path('old.html'), 'utf8'), /^<!doctype html>/i);
  t.regex(shell(folder, 'ls -l old.html link.html').stdout, /^lrwx.*\n-rw-r-----/m);
  t.regex(shell(folder, 'traced show slow.json --html /dev/stderr 2>&1 >/dev/null | cat').stdout, /<\/html>/);
});

onLinux('input that cannot be read is a sentence', t => {
  const { folder, path } = folderOf(t);
  mkdirSync(path('folder'));
  symlinkSync('loop', path('loop'));
  for (const [source, reason] of [
    ['loop', 'its symbolic links lead in a circle'],
    ['loop/x.json', 'its symbolic links lead in a circle'],
    ['folder', 'it is a folder'],
    ['/proc/self/mem', 'the device failed'],
  ] as const) {
    const all = ['show', 'traces', 'diagnose', 'compare slow.json'];
    for (const command of source === 'loop' ? all : all.slice(0, 1)) {
      const { status, stdout, stderr } = shell(folder, `traced ${command} ${source}`);
      t.is(status, 2, source);
      t.is(stdout, '');
      t.is(stderr, `traced: ${source} cannot be read: ${reason}\n`);
    }
  }
  t.is(shell(folder, 'traced show - < .').stderr, 'traced: standard input cannot be read: it is a folder\n');
  t.regex(shell(folder, 'traced show - <&-').stderr, /^traced: standard input: The input is empty.*\n$/);
  t.regex(shell(folder, `traced show ${'x'.repeat(300)}`).stderr, /^traced: "x+": no such file.*\n$/);
  t.regex(shell(folder, 'traced show slow.json/x').stderr, /^traced: "slow.json\/x": no such file.*\n$/);
});

(process.getuid?.() === 0 ? test.serial.skip : test.serial)('files without permission are a sentence', t => {
  const { folder } = folderOf(t);
  shell(folder, 'chmod 0 slow.json; mkdir shut; cp many.json shut; chmod 0 shut; mkdir ro; chmod 555 ro');
  for (const [command, said] of [
    ['show slow.json', 'slow.json cannot be read: permission denied'],
    ['show shut/many.json', 'shut/many.json cannot be read: permission denied'],
    ['show many.json --html ro/x.html', 'ro/x.html cannot be written: permission denied'],
    ['show many.json --html slow.json', 'slow.json cannot be written: permission denied'],
  ] as const) {
    const { status, stderr } = shell(folder, `traced ${command}`);
    t.is(status, 2);
    t.is(stderr, `traced: ${said}\n`);
  }
  shell(folder, 'chmod 755 shut ro');
});
