import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { isAlive, untilGone } from '../../../test/helpers/processes.ts';
import { FunctionProcess, type FunctionProcessOptions } from '../src/dev/functions/process.ts';

const program = fileURLToPath(new URL('helpers/supervised.ts', import.meta.url));
const restart = { firstPauseMs: 10, longestPauseMs: 40, healthyAfterMs: 60_000, attempts: 3 };

/** Lines that were shown, and a way to wait for one. */
class Shown {
  readonly lines: string[] = [];
  readonly #waiting: [pattern: RegExp, resolve: () => void][] = [];
  readonly add = (line: string) => {
    this.lines.push(line);
    for (const [pattern, resolve] of this.#waiting) if (pattern.test(line)) resolve();
  };
  async until(pattern: RegExp): Promise<void> {
    if (this.lines.some(line => pattern.test(line))) return;
    await new Promise<void>(resolve => this.#waiting.push([pattern, resolve]));
  }
}

function supervise(mode: string, more: Partial<FunctionProcessOptions> = {}) {
  const shown = new Shown();
  const env = { ...process.env, MODE: mode, LOG_LEVEL: undefined };
  const child = new FunctionProcess({
    name: 'alpha',
    port: 1,
    env,
    show: shown.add,
    program,
    restart,
    ...more,
  });
  return { child, shown };
}

function pidOf(child: FunctionProcess): number {
  if (child.pid === undefined) throw new Error('not running');
  return child.pid;
}

test('a function that is killed is started again', async t => {
  const { child, shown } = supervise('healthy');
  await child.ready;
  const first = pidOf(child);
  process.kill(first, 'SIGKILL');
  await shown.until(/ended \(SIGKILL\); starting it again in 10 ms/);
  await untilGone(first);
  while (child.pid === undefined) await new Promise(setImmediate);
  t.not(child.pid, first);
  await child.stop();
});

test('the pause before a restart doubles up to the longest', async t => {
  const { child, shown } = supervise('brief');
  await shown.until(/in 40 ms/);
  const pauses = shown.lines.flatMap(line => /exit status 3.* in (\d+) ms/.exec(line)?.[1] ?? []);
  t.deepEqual(pauses, ['10', '20', '40']);
  await child.stop();
});

test('after a healthy time the pause is the first one again', async t => {
  const { child, shown } = supervise('healthy', { restart: { ...restart, healthyAfterMs: 1 } });
  await child.ready;
  process.kill(pidOf(child), 'SIGKILL');
  await shown.until(/in 10 ms/);
  const before = shown.lines.length;
  while (child.pid === undefined) await new Promise(setImmediate);
  // It says this when it listens, from when on it counts as healthy.
  while (!shown.lines.slice(before).some(line => /alert/.test(line))) await new Promise(setImmediate);
  await new Promise(resolve => setTimeout(resolve, 50));
  process.kill(pidOf(child), 'SIGKILL');
  while (shown.lines.filter(line => /starting it again/.test(line)).length < 2)
    await new Promise(setImmediate);
  t.is(shown.lines.filter(line => /again in 10 ms/.test(line)).length, 2);
  await child.stop();
});

test('a function that ends before it ever listened is given up, with its last lines', async t => {
  const { child } = supervise('broken');
  const error = await t.throwsAsync(child.ready);
  t.regex(
    error?.message ?? '',
    /^alpha can't start \(exit status 1\); its last lines:(?:\n.*no such setting){3}$/,
  );
  t.is(child.pid, undefined);
});

test('warnings are shown with their control characters escaped, information is not shown', async t => {
  const { child, shown } = supervise('healthy');
  await child.ready;
  await shown.until(/alert/);
  t.deepEqual(shown.lines, ['alpha   WARNING red \\x1b[31m alert trace_id=abc']);
  await child.stop();
});

test('LOG_LEVEL=info shows all lines', async t => {
  const { child, shown } = supervise('healthy', { env: { ...process.env, LOG_LEVEL: 'info' } });
  await shown.until(/no JSON/);
  t.is(shown.lines[0], 'alpha   INFO    listening trace_id=abc');
  t.is(shown.lines[2], 'alpha   INFO    no JSON');
  await child.stop();
});

test('a stopped function ends and stays ended', async t => {
  const { child, shown } = supervise('healthy');
  await child.ready;
  const pid = pidOf(child);
  await child.stop();
  t.false(isAlive(pid));
  t.is(child.pid, undefined);
  t.false(shown.lines.some(line => /starting/.test(line)));
});

test('a function stopped in the pause before a restart is not started again', async t => {
  const { child, shown } = supervise('brief', { restart: { ...restart, firstPauseMs: 50 } });
  await shown.until(/starting it again/);
  await child.stop();
  await new Promise(resolve => setTimeout(resolve, 100));
  t.is(child.pid, undefined);
});

test('a function stopped while it starts ends, and its readiness is refused', async t => {
  const { child } = supervise('healthy');
  const pid = pidOf(child);
  await child.stop();
  t.false(isAlive(pid));
  await t.throwsAsync(child.ready, { message: /stopped before it listened/ });
});

test('a function that does not end when asked to can be killed', async t => {
  const { child } = supervise('stubborn');
  await child.ready;
  const pid = pidOf(child);
  const stopped = child.stop();
  t.true(isAlive(pid));
  child.kill();
  await stopped;
  t.false(isAlive(pid));
});

test('a function ends when the process that supervises it is killed', async t => {
  const parent = spawn(
    process.execPath,
    [
      '--conditions=traced-functions-source',
      '--input-type=module',
      '--eval',
      `import { FunctionProcess } from ${JSON.stringify(new URL('../src/dev/functions/process.ts', import.meta.url))};
       const child = new FunctionProcess({
         name: 'alpha', port: 1, env: process.env, show: () => {}, program: ${JSON.stringify(program)},
       });
       await child.ready;
       console.log(child.pid);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [text] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(text);
  t.true(isAlive(pid));
  parent.kill('SIGKILL');
  await untilGone(pid);
  t.false(isAlive(pid));
});
