/** What `traced dev` serves while its functions' code changes. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { untilGone } from '../../../test/helpers/processes.ts';
import { Dev, folderWith, get, responding, write } from './helpers/dev.ts';

/** From a change on a request may still be served by the old code for so long, ms. */
const staleMs = 500;
const changes = Number(process.env['DEV_TEST_CHANGES'] ?? 10);

async function startWith(t: ExecutionContext, files: Record<string, string>) {
  const folder = folderWith(t, files);
  const dev = new Dev(t, folder, { args: ['--quiet'] });
  const url = await dev.urlOf('hello');
  await dev.isReady();
  return { folder, dev, url };
}

/** Sends requests from `staleMs` after the change on, and expects the new text of each. */
async function expectFresh(t: ExecutionContext, url: string, text: string): Promise<void> {
  await pause(staleMs);
  t.is((await get(url)).text, text);
}

test.serial(
  'a change is served to requests from half a second on, also where nothing else was sent',
  async t => {
    const { folder, url } = await startWith(t, { 'hello/index.js': responding('hello', 'one') });
    t.is((await get(url)).text, 'one');
    write(folder, 'hello/index.js', responding('hello', 'two'));
    await expectFresh(t, url, 'two');
    write(folder, 'hello/words.js', 'module.exports = "three";');
    write(folder, 'hello/index.js', responding('hello', 'x').replace('"x"', 'require("./words.js")'));
    await expectFresh(t, url, 'three');
    write(folder, 'hello/words.js', 'module.exports = "four";');
    await expectFresh(t, url, 'four');
  },
);

test.serial(`${changes} changes in a row leave one process and no stale response`, async t => {
  t.timeout(changes * 5_000);
  const { folder, dev, url } = await startWith(t, { 'hello/index.js': responding('hello', '0') });
  for (let n = 1; n <= changes; n++) {
    write(folder, 'hello/index.js', responding('hello', String(n)));
    await expectFresh(t, url, String(n));
  }
  const left = new Set([dev.child.pid, dev.processOf('hello')]);
  for (const pid of dev.processes().filter(each => !left.has(each))) await untilGone(pid);
  t.deepEqual(new Set(dev.processes()), left);
  t.is(dev.stderr, '');
});

test.serial('requests during changes all get a response, of the old code or the new', async t => {
  const { folder, dev, url } = await startWith(t, { 'hello/index.js': responding('hello', '0') });
  let newest = 0;
  let asking = true;
  const ask = async () => {
    let last = 0;
    while (asking) {
      const { status, text } = await get(url);
      t.is(status, 200);
      t.true(Number(text) >= last && Number(text) <= newest, `${text} after ${last}`);
      last = Number(text);
    }
  };
  const asked = Promise.all([ask(), ask(), ask()]);
  for (newest = 1; newest < 6; newest++) {
    write(folder, 'hello/index.js', responding('hello', String(newest)));
    // A second save in the same millisecond.
    write(folder, 'hello/index.js', responding('hello', String(newest)));
    await pause(400);
  }
  asking = false;
  await asked;
  t.is(dev.stderr, '');
});

test.serial('the last of two saves in a millisecond is served', async t => {
  const { folder, url } = await startWith(t, { 'hello/index.js': responding('hello', '0') });
  for (let n = 1; n < 5; n++) {
    writeFileSync(join(folder, 'hello/index.js'), responding('hello', 'never'));
    writeFileSync(join(folder, 'hello/index.js'), responding('hello', String(n)));
    await expectFresh(t, url, String(n));
  }
});

test.serial('a process that has been replaced finishes the requests that it has', async t => {
  const slow = `require('@google-cloud/functions-framework').http('hello', (req, res) => {
    res.write('one'); setTimeout(() => res.end(' done'), 2000); });`;
  const { folder, dev, url } = await startWith(t, { 'hello/index.js': slow });
  const response = await fetch(url);
  const old = dev.processOf('hello');
  write(folder, 'hello/index.js', responding('hello', 'two'));
  await expectFresh(t, url, 'two');
  t.is(await response.text(), 'one done');
  await untilGone(old);
  t.pass();
});

test.serial(
  'code that does not compile is reported with its file and line, also as the response, until it is fixed',
  async t => {
    const typescript = (text: string) =>
      `import { http } from '@google-cloud/functions-framework';\nhttp('hello', (_req: unknown, res: any) => res.send('${text}'));\n`;
    const { folder, dev, url } = await startWith(t, { 'hello/index.ts': typescript('one') });
    write(folder, 'hello/index.ts', typescript('two').replace('(_req', '(_req:'));
    await pause(staleMs);
    const response = await fetch(url);
    t.is(response.status, 500);
    t.is(response.headers.get('content-type'), 'application/problem+json');
    const { title, detail } = (await response.json()) as Record<string, string>;
    t.is(title, 'Internal Server Error');
    t.regex(detail ?? '', /^hello ended before it listened \(exit status 1\).*index\.ts:2/s);
    await dev.stderrHas(/^hello ended before it listened .*index\.ts:2/ms);
    t.is(dev.stderr.match(/hello ended/g)?.length, 1);
    // A page of another site may have its own name resolve to this machine.
    const request = httpGet(url, { headers: { host: 'other.example' } });
    const [named] = (await once(request, 'response')) as [IncomingMessage];
    t.is(named.statusCode, 500);
    t.notRegex(String(await named.toArray()), /index\.ts/);
    write(folder, 'hello/index.ts', typescript('three'));
    await expectFresh(t, url, 'three');
  },
);

test.serial('a function whose folder is deleted and made anew serves the new code', async t => {
  const files = {
    'hello/index.js': responding('hello', '0'),
    'other/index.js': responding('other', 'other'),
  };
  const { folder, dev, url } = await startWith(t, files);
  for (let n = 1; n < 4; n++) {
    rmSync(join(folder, 'hello'), { recursive: true });
    if (n === 2) {
      await pause(staleMs);
      const { status, text } = await get(url);
      t.is(status, 404);
      t.regex(text, /hello: the function's folder was deleted/);
    }
    write(folder, 'hello/index.js', responding('hello', String(n)));
    await expectFresh(t, url, String(n));
    write(folder, 'hello/index.js', responding('hello', `${n}, changed`));
    await expectFresh(t, url, `${n}, changed`);
  }
  t.is((await get(await dev.urlOf('other'))).text, 'other');
});

test.serial('the only function’s folder deleted and made anew is served from the new one', async t => {
  const folder = folderWith(t, { 'hello/index.js': responding('hello', 'one') });
  const dev = new Dev(t, folder, { args: ['hello', '--quiet'] });
  const url = await dev.urlOf('hello');
  await dev.isReady();
  rmSync(join(folder, 'hello'), { recursive: true });
  await pause(staleMs);
  t.is((await get(url)).status, 404);
  mkdirSync(join(folder, 'hello'));
  write(folder, 'hello/index.js', responding('hello', 'two'));
  await expectFresh(t, url, 'two');
});

test.serial('what functions share restarts them all, and a new function is served and found', async t => {
  const calling = `require('@google-cloud/functions-framework').http('hello', async (req, res) => {
    const { url } = { url: process.env.NEW_FUNCTION_1_URL };
    res.send(require('../shared/word.js') + (url ? await (await fetch(url)).text() : '')); });`;
  const { folder, dev, url } = await startWith(t, {
    'hello/index.js': calling,
    'shared/word.js': 'module.exports = "one";',
  });
  write(folder, 'shared/word.js', 'module.exports = "two";');
  await expectFresh(t, url, 'two');
  write(folder, 'new-function.1/index.js', responding('anything', ' and new'));
  t.is((await get(await dev.urlOf('new-function.1'))).text, ' and new');
  await expectFresh(t, url, 'two and new');
});
