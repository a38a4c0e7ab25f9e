import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { wordsOf } from '../src/cli/completion.ts';
import { scripts } from '../src/cli/completion-scripts.ts';
import { folderWith, idOf } from './helpers/drawn.ts';
import { startBackend, storedSpan } from './helpers/trace-backend.ts';
import { serve, traced } from './helpers/traced.ts';

/** The candidates for a line, without what they are. */
async function offered(line: string, jaeger = 'http://127.0.0.1:1'): Promise<string[]> {
  const { stdout } = await traced(['complete-line', '--', line], { env: { JAEGER_URL: jaeger } });
  return stdout
    .split('\n')
    .slice(1, -1)
    .map(each => each.split('\t')[0] as string);
}

test('a line is split into words as a shell does', t => {
  t.deepEqual(wordsOf('traced  diagnose '), { words: ['traced', 'diagnose'], current: '' });
  t.deepEqual(wordsOf(`a 'b c' "d \\"e" f\\ g h`), { words: ['a', 'b c', 'd "e', 'f g'], current: 'h' });
  t.deepEqual(wordsOf(`a "" 'b`), { words: ['a', ''], current: 'b' });
  t.deepEqual(wordsOf('a b\\'), { words: ['a'], current: 'b' });
});

test.serial('commands, options and kinds are offered', async t => {
  const commands = [
    'traces',
    'show',
    'diagnose',
    'services',
    'compare',
    'capture',
    'watch',
    'ui',
    'init',
    'dev',
    'completion',
    'help',
  ];
  t.deepEqual(await offered('traced '), commands);
  t.deepEqual(await offered('traced c'), ['compare', 'capture', 'completion']);
  t.deepEqual(await offered('traced diagnose --m'), [
    '--min-duration',
    '--max-duration',
    '--min-cost',
    '--min-saving',
  ]);
  t.deepEqual(await offered('traced diagnose --min-cost 5 --min-'), ['--min-duration', '--min-saving']);
  t.deepEqual(await offered('traced diagnose --fail-on any --tag a=b --ta'), ['--tag']);
  t.deepEqual(await offered('traced diagnose --fail-on stall,gap,qu'), ['stall,gap,queueing']);
  t.deepEqual(await offered('traced completion '), ['bash', 'zsh', 'fish']);
  t.deepEqual(await offered('traced diagnose '), []);
});

test.serial('services and operations are those of the Jaeger that the line names', async t => {
  const { store, query } = await startBackend(t);
  for (const [n, name] of ['shop fn', 'store-fn', '--rm', 'bad\x1b[2J'].entries()) {
    store.add([storedSpan({ traceID: idOf(n), process: { serviceName: name, tags: [] } })]);
  }
  t.deepEqual(await offered('traced diagnose --service ', query), ['shop fn', 'store-fn']);
  t.deepEqual(await offered(`traced diagnose --jaeger ${query} --service=st`), ['store-fn']);
  t.deepEqual(await offered(`traced show --service 'shop fn' -o GET`, query), ['GET /alpha']);
  t.deepEqual(await offered('traced diagnose --service ', 'http://127.0.0.1:1'), []);
});

test.serial('a Jaeger that hangs keeps nobody waiting', async t => {
  const hanging = await serve(t, () => {});
  const started = performance.now();
  t.deepEqual(await offered('traced diagnose --service ', hanging), []);
  t.true(performance.now() - started < 20_000);
});

test('the script is for the shell that is named, or runs', async t => {
  t.is((await traced(['completion', 'zsh'])).stdout, scripts['zsh'] ?? '');
  t.is((await traced(['completion'], { env: { SHELL: '/usr/bin/fish' } })).stdout, scripts['fish'] ?? '');
  const { status, stderr } = await traced(['completion', 'tcsh']);
  t.is(status, 2);
  t.is(stderr, 'traced: name a shell: traced completion bash|zsh|fish\n');
});

for (const shell of Object.keys(scripts)) {
  const isThere = spawnSync(shell, ['--version']).error === undefined;
  (isThere ? test : test.skip)(`${shell} can read its script`, t => {
    const { path } = folderWith(t, { script: scripts[shell] });
    t.is(spawnSync(shell, ['-n', path('script')], { encoding: 'utf8' }).stderr, '');
  });
}

test.serial('bash quotes what strangers named, and runs none of it', async t => {
  const { store, query } = await startBackend(t);
  const { folder, path } = folderWith(t, {
    traced: `#!/bin/sh\nexec '${process.execPath}' '${fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))}' "$@"\n`,
  });
  chmodSync(path('traced'), 0o755);
  const names = ['a $(touch owned)', 'a`touch owned`', 'a:b c', 'a;touch owned', "a'", 'a"'];
  for (const [n, name] of names.entries()) {
    store.add([storedSpan({ traceID: idOf(n), process: { serviceName: name, tags: [] } })]);
  }
  // What readline sets, and the candidates as bash would read them when the line is run.
  const script = `
    source <(traced completion bash)
    reply() { COMP_LINE=$1; COMP_POINT=\${#1}; COMP_WORDS=(traced diagnose --service "$2"); COMP_CWORD=3; _traced; }
    reply 'traced diagnose --service a' a
    for each in "\${COMPREPLY[@]}"; do eval "printf '%s\\n' $each"; done
    reply 'traced diagnose --service "a' '"a'
    printf 'in quotes: %s\\n' "\${COMPREPLY[@]}"
    reply 'traced diagnose --service a:' ''
    printf 'after a colon: %s\\n' "\${COMPREPLY[@]}"
  `;
  const env = { PATH: `${folder}:${process.env['PATH']}`, JAEGER_URL: query };
  // Not execFileSync, since the backend is in this process.
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script], { cwd: folder, env });
  const lines = stdout.trimEnd().split('\n');
  t.deepEqual(lines.slice(0, names.length).sort(), [...names].sort());
  t.deepEqual(lines.slice(names.length), ['in quotes: a:b c', 'after a colon: b\\ c']);
  t.false(existsSync(path('owned')));
});
