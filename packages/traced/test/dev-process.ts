import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { isAlive, untilGone } from '../../../test/helpers/processes.ts';
import { DevFunction, type DevFunctionOptions } from '../src/dev/functions/function.ts';
import { FunctionProcess } from '../src/dev/functions/process.ts';

const program = [fileURLToPath(new URL('helpers/supervised.ts', import.meta.url))];
const restart = { firstPauseMs: 10, longestPauseMs: 40, healthyAfterMs: 60_000 };

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

async function supervise(t: ExecutionContext, mode: string, more: Partial<DevFunctionOptions> = {}) {
  const shown = new Shown();
  const env = { ...process.env, MODE: mode, LOG_LEVEL: undefined };
  const child = new DevFunction({
    name: 'alpha',
    command: () => ({ program, env }),
    show: shown.add,
    onResponse: () => {},
    restart,
    ...more,
  });
  t.teardown(() => child.kill());
  await child.listen(0);
  child.change();
  return { child, shown };
}

function pidOf(child: DevFunction): number {
  if (child.pid === undefined) throw new Error('not running');
  return child.pid;
}

test('a function that is killed is started again', async t => {
  const { child, shown } = await supervise(t, 'healthy');
  await child.settled();
  const first = pidOf(child);
  process.kill(first, 'SIGKILL');
  await shown.until(/ended \(SIGKILL\); starting it again in 10 ms/);
  await child.settled();
  t.not(pidOf(child), first);
  await child.stop();
});

test('the pause before a restart doubles up to the longest', async t => {
  const { child, shown } = await supervise(t, 'brief');
  await shown.until(/in 40 ms/);
  const pauses = shown.lines.flatMap(line => /exit status 3.* in (\d+) ms/.exec(line)?.[1] ?? []);
  t.deepEqual(pauses, ['10', '20', '40']);
  await child.stop();
});

test('after a healthy time the pause is the first one again', async t => {
  const { child, shown } = await supervise(t, 'healthy', { restart: { ...restart, healthyAfterMs: 1 } });
  for (const times of [1, 2]) {
    await child.settled();
    await new Promise(resolve => setTimeout(resolve, 50));
    process.kill(pidOf(child), 'SIGKILL');
    while (shown.lines.filter(line => /again in 10 ms/.test(line)).length < times)
      await new Promise(setImmediate);
  }
  t.pass();
  await child.stop();
});

test('a function that ends before it listens says so with its last lines, and is not tried again', async t => {
  const { child, shown } = await supervise(t, 'broken');
  await child.settled();
  t.is(child.failure, 'alpha ended before it listened (exit status 1):\n  alpha   WARNING no such setting');
  const response = await fetch(`http://127.0.0.1:${child.port}`);
  t.is(response.status, 500);
  t.regex(await response.text(), /no such setting/);
  t.deepEqual(shown.lines, []);
  t.is(child.pid, undefined);
  await child.stop();
});

test('a function that ends at once and says nothing is reported', async t => {
  const { child } = await supervise(t, 'silent');
  await child.settled();
  t.is(child.failure, 'alpha ended before it listened (exit status 0), and wrote nothing');
  await child.stop();
});

test('warnings are shown with their control characters escaped, and lines without a severity; information is not', async t => {
  const { child, shown } = await supervise(t, 'healthy');
  await shown.until(/no JSON/);
  t.deepEqual(shown.lines, ['alpha   WARNING red \\x1b[31m alert trace_id=abc', 'alpha   INFO    no JSON']);
  await child.stop();
});

test('LOG_LEVEL=info shows all lines', async t => {
  const env = { ...process.env, MODE: 'healthy', LOG_LEVEL: 'info' };
  const { child, shown } = await supervise(t, 'healthy', { command: () => ({ program, env }) });
  await shown.until(/no JSON/);
  t.is(shown.lines[0], 'alpha   INFO    listening trace_id=abc');
  t.is(shown.lines[2], 'alpha   INFO    no JSON');
  await child.stop();
});

test('a stopped function ends and stays ended', async t => {
  const { child, shown } = await supervise(t, 'healthy');
  await child.settled();
  const pid = pidOf(child);
  await child.stop();
  t.false(isAlive(pid));
  t.false(shown.lines.some(line => /starting/.test(line)));
});

test('a function stopped in the pause before a restart is not started again', async t => {
  const { child, shown } = await supervise(t, 'brief', { restart: { ...restart, firstPauseMs: 50 } });
  await shown.until(/starting it again/);
  await child.stop();
  await new Promise(resolve => setTimeout(resolve, 100));
  t.is(child.pid, undefined);
});

test('a process that is stopped while it starts ends, and its readiness is refused', async t => {
  const child = new FunctionProcess({ name: 'alpha', program, env: { MODE: 'healthy' }, show: () => {} });
  await child.stop();
  await t.throwsAsync(child.ready, { message: /^alpha ended before it listened \(SIGTERM\)/ });
});

test('a function that does not end when asked to can be killed', async t => {
  const { child } = await supervise(t, 'stubborn');
  await child.settled();
  const pid = pidOf(child);
  const stopped = child.stop();
  t.true(isAlive(pid));
  child.kill();
  await stopped;
  t.false(isAlive(pid));
});

test('a function ends when the process that supervises it is killed', async t => {
  const code = `
    import { FunctionProcess } from ${JSON.stringify(new URL('../src/dev/functions/process.ts', import.meta.url))};
    const program = ${JSON.stringify(program)};
    const child = new FunctionProcess({ name: 'alpha', program, env: process.env, show: () => {} });
    await child.ready;
    console.log(child.pid);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(text);
  t.true(isAlive(pid));
  parent.kill('SIGKILL');
  await untilGone(pid);
  t.false(isAlive(pid));
});
