import test from 'ava';
import { browserTest, untilScrolled } from './helpers/page.ts';
import { longTrace } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);

inBrowser('of 10,000 spans only those in view are in the document', async (t, { page, store, open }) => {
  await open(`/trace/${store(longTrace(10_000))}`);
  const inDocument = () => page.locator('[role=row][data-key]').count();
  await page.getByText('No problems found in this trace.').waitFor();
  t.is(await page.getByRole('treegrid').getAttribute('aria-rowcount'), '10001');
  t.true((await inDocument()) < 80);
  // What is longer than a frame's 16 ms is felt from about 50 ms on; recorded, since a busy machine makes all slow.
  await page.evaluate(`
    globalThis.longTasks = [];
    new PerformanceObserver(list => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
  `);
  for (let i = 0; i < 30; i++) {
    await page.mouse.wheel(0, 4_000);
    t.true((await inDocument()) < 80);
  }
  await untilScrolled(page, top => top > 100_000);
  const longTasks = await page.evaluate<number[]>('longTasks');
  t.log(`${longTasks.length} tasks over 50 ms while scrolling, the longest ${Math.max(0, ...longTasks)} ms`);
  await page.locator('[role=row][data-key]').first().focus();
  await page.keyboard.press('End');
  t.is(await page.locator('[role=row]:focus').getAttribute('aria-rowindex'), '10001');
});

inBrowser('10,000 spans fold, are found and zoomed', async (t, { page, store, open }) => {
  await open(`/trace/${store(longTrace(10_000))}`);
  await page.keyboard.press('/');
  await page.keyboard.type('write');
  await page.getByText(/^2499 found|^2,499 found|^2500 found/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Fold all' }).click();
  await page.locator('[role=treegrid][aria-rowcount="2502"]').waitFor();
  await page.keyboard.press('+');
  t.not(await page.getByRole('slider', { name: 'Shown from' }).getAttribute('aria-valuenow'), '0');
});
