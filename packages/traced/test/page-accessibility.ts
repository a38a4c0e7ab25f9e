import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test, { type ExecutionContext } from 'ava';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { browserTest, desktop, type Opened, phone, tablet } from './helpers/page.ts';
import { quickRequest, slowRequest } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function assertAccessible(t: ExecutionContext, page: Page, where: string): Promise<void> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 150)).join(' | ')}`,
  );
  t.deepEqual(found, [], where);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  t.true(overflow <= 0, `${where} is ${overflow} px too wide`);
}

/** Each view, with what is in it open. */
async function* views({ page, store, open }: Opened): AsyncGenerator<string> {
  const slow = store(slowRequest(), Date.now() - 60_000);
  const quick = store(quickRequest());
  await open('/search?service=gateway');
  await page.locator('.patterns').waitFor();
  yield 'search';
  await open(`/trace/${slow}`);
  await page.locator('.finding').first().waitFor();
  yield 'trace';
  await page.getByRole('button', { name: 'Show it with all fixed' }).click();
  yield 'what-if';
  await page.getByRole('tab', { name: 'Where the time went' }).click();
  yield 'time';
  await page.getByRole('treegrid').getByRole('row', { name: 'redis connect' }).click();
  await page.locator('.details').waitFor();
  yield 'details';
  await open(`/compare?a=${slow}&b=${quick}`);
  await page.locator('.paths').waitFor();
  yield 'compare';
  await open('/graph');
  await page.locator('.graph-service').first().waitFor();
  yield 'graph';
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  yield 'help';
}

for (const [name, viewport] of Object.entries({ desktop, tablet, phone })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    inBrowser(
      `axe finds nothing on a ${name} in the ${colorScheme}`,
      async (t, opened) => {
        for await (const view of views(opened)) await assertAccessible(t, opened.page, view);
      },
      // Colours are judged once they are what they will be.
      { viewport, colorScheme, reducedMotion: 'reduce' },
    );
  }
}

inBrowser(
  'dark and light follow the system until one is chosen, which is kept',
  async (t, { page, store, open }) => {
    store(quickRequest());
    const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    await open('/');
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground();
    t.not(dark, light);
    await page.getByRole('button', { name: 'Colours: as the system' }).click();
    await page.getByRole('button', { name: 'Colours: dark' }).click();
    await page.getByRole('button', { name: 'Colours: light' }).waitFor();
    t.is(await ground(), light);
    await page.reload();
    t.is(await ground(), light);
    await page.getByRole('button', { name: 'Colours: light' }).click();
    t.is(await ground(), dark);
  },
);

inBrowser(
  'on a phone advice comes before the rows, whose names stand above their bars',
  async (t, { page, store, open }) => {
    await open(`/trace/${store(slowRequest())}`);
    const finding = page.locator('.finding').first();
    await finding.waitFor();
    const row = page.getByRole('row', { name: 'alpha GET /alpha' });
    const top = async (part: ReturnType<Page['locator']>) => (await part.boundingBox())?.y ?? Number.NaN;
    t.true((await top(finding)) < (await top(row)));
    t.true((await top(row.locator('.cell-name'))) < (await top(row.locator('.bar'))));
    await row.click();
    const sheet = page.getByRole('region', { name: 'Details' });
    await sheet.getByText('GET /alpha').waitFor();
    t.true((await top(row)) + 46 < (await top(sheet)), 'the row is seen above its details');
    await sheet.getByRole('button', { name: 'Close' }).click();
    t.is(await sheet.count(), 0);
    await page.getByRole('button', { name: /^alpha work stands still/ }).click();
    await page.locator('[role=row]:focus').waitFor();
    t.true((await top(page.locator('[role=row]:focus'))) > 90, 'not below what is stuck to the top');
  },
  { viewport: phone, hasTouch: true },
);
