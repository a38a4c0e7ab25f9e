import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { htmlFile } from '../src/page/build.ts';
import { browserTest, type Opened } from './helpers/page.ts';
import { quickRequest, slowRequest } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);
const script = '</script><script>document.title="owned"</script>';

/** Opens a file with these traces in a browser without a network; problems are requests of any kind but its own. */
async function openFile(
  t: ExecutionContext,
  { page, problems }: Opened,
  traces: JaegerTrace[],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'page-file-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'traces.html');
  await writeFile(file, await htmlFile(traces, 'Traces of today'));
  await page.context().setOffline(true);
  await page.goto(pathToFileURL(file).href);
  await page.locator('h1').first().waitFor();
  const own = problems.indexOf(`request: ${pathToFileURL(file).href}`);
  problems.splice(own, 1);
}

inBrowser('one file shows its trace, its advice and what would be, without a network', async (t, opened) => {
  const { page } = opened;
  await openFile(t, opened, [{ ...slowRequest(), traceID: 'aa' }]);
  await page.getByRole('heading', { name: 'gateway GET /all' }).waitFor();
  await page.getByRole('button', { name: 'Show it all fixed' }).click();
  t.regex(await page.locator('.trace-took').innerText(), /419 ms/);
  t.is(await page.getByRole('row').count(), 10);
});

inBrowser(
  'one file with several traces has them in a list, each to open and to compare',
  async (t, opened) => {
    const { page } = opened;
    const slow = slowRequest();
    for (const span of slow.spans) span.operationName += script;
    await openFile(t, opened, [
      { ...slow, traceID: 'aa' },
      { ...quickRequest(), traceID: 'bb' },
    ]);
    await page.getByRole('heading', { name: '2 traces' }).waitFor();
    t.is(await page.title(), 'Traces');
    await page.getByRole('checkbox').first().check();
    await page.getByRole('checkbox').nth(1).check();
    await page.getByRole('button', { name: 'Compare the two' }).click();
    await page.getByRole('heading', { name: 'Before and after' }).waitFor();
    await page.goBack();
    await page.locator('.result-name', { hasText: 'document.title' }).click();
    await page.getByText('stands still').first().waitFor();
    t.true((await page.getByRole('heading', { level: 1 }).innerText()).includes(script));
    t.not(await page.title(), 'owned');
    await page.getByRole('link', { name: 'Services' }).click();
    await page.locator('.graph-service').first().waitFor();
  },
);
