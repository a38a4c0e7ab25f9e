import test from 'ava';
import type { Page } from 'playwright-core';
import { browserTest, untilScrolled } from './helpers/page.ts';
import { longTrace, quickRequest, slowRequest } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);

/** The focused row's service and name. */
async function focused(page: Page): Promise<string> {
  const row = page.locator('[role=row]:focus');
  await row.waitFor();
  return (await row.locator('.service, .name').allInnerTexts()).join(' ');
}

inBrowser('a trace is found, opened and read with keys alone', async (t, { page, store, open }) => {
  store(slowRequest());
  await open('/');
  await page.locator('.result').waitFor();
  await page.keyboard.press('/');
  t.is(await page.evaluate('document.activeElement?.id'), 'service');
  for (let i = 0; i < 40 && !(await page.locator('.result-name:focus').isVisible()); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'gateway GET /all' }).waitFor();
  await page.getByText('stands still').first().waitFor();
  for (let i = 0; i < 40 && !(await page.locator('[role=row]:focus').isVisible()); i++)
    await page.keyboard.press('Tab');
  t.is(await focused(page), 'gateway GET /all');
  await page.keyboard.press('ArrowDown');
  t.is(await focused(page), 'gateway GET');
  await page.keyboard.press('ArrowRight');
  t.is(await focused(page), 'alpha GET /alpha');
  await page.keyboard.press('ArrowLeft');
  t.is(await page.locator('[role=row]:focus').getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('ArrowLeft');
  t.is(await focused(page), 'gateway GET');
  await page.keyboard.press('End');
  t.is(await focused(page), 'redis set');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 2, name: 'redis set ×9' }).waitFor();
  t.is(await focused(page), 'redis set', 'the focus stays where it was');
  await page.keyboard.press('Escape');
  t.is(await page.getByRole('tab', { name: 'Spans' }).count(), 0);
  await page.keyboard.press('Home');
  t.is(await focused(page), 'gateway GET /all');
});

inBrowser('n and p go along the critical path', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.locator('[role=row][data-key]').first().focus();
  const visited: string[] = [];
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('n');
    visited.push(await focused(page));
  }
  t.deepEqual(visited, ['gateway GET', 'alpha GET /alpha', 'alpha work', 'alpha work']);
  await page.keyboard.press('p');
  t.is(await focused(page), 'alpha work');
});

inBrowser('the time is zoomed and moved by keys', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  const from = page.getByRole('slider', { name: 'Shown from' });
  const now = async () => Number(await from.getAttribute('aria-valuenow'));
  await page.keyboard.press('+');
  t.true((await now()) > 100_000);
  const zoomed = await now();
  await page.keyboard.press('Shift+ArrowRight');
  t.true((await now()) > zoomed);
  await page.keyboard.press('0');
  t.is(await now(), 0);
});

inBrowser(
  'the focused row stays in the document when it is scrolled away',
  async (t, { page, store, open }) => {
    await open(`/trace/${store(longTrace(2_000))}`);
    await page.locator('[role=row][data-key]').nth(3).focus();
    await page.keyboard.press('ArrowDown');
    const name = await focused(page);
    await page.mouse.wheel(0, 20_000);
    await untilScrolled(page, top => top > 5_000);
    t.is(await focused(page), name);
    await page.keyboard.press('ArrowDown');
    await untilScrolled(page, top => top < 2_000);
  },
);

inBrowser('? tells the keys, and Escape closes what it tells', async (t, { page, store, open }) => {
  await open(`/trace/${store(quickRequest())}`);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  await help.waitFor();
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });
  t.pass();
});

inBrowser('a screen reader is told what each row is and where', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.getByText('stands still').first().waitFor();
  const grid = page.getByRole('treegrid', { name: 'Spans of the trace, 24 spans' });
  t.is(await grid.getAttribute('aria-rowcount'), '10');
  const row = grid.getByRole('row', { name: 'alpha work ×8' });
  const attributes = await row.evaluate(element =>
    Object.fromEntries(
      [...element.attributes]
        .filter(({ name }) => name.startsWith('aria-'))
        .map(({ name, value }) => [name, value]),
    ),
  );
  t.deepEqual(attributes, {
    'aria-rowindex': '5',
    'aria-level': '4',
    'aria-posinset': '1',
    'aria-setsize': '2',
    'aria-expanded': 'false',
    'aria-selected': 'false',
  });
  const [name, duration, time] = await row.getByRole('gridcell').all();
  t.regex((await name?.innerText()) ?? '', /alpha\s+work\s+×8/);
  t.is(await duration?.innerText(), '150 ms');
  t.is(await time?.getAttribute('aria-label'), 'from 30.0 ms, on the critical path for 80.0 ms');
});
