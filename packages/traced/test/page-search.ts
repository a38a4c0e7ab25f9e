import test from 'ava';
import type { Locator, Page } from 'playwright-core';
import { browserTest } from './helpers/page.ts';
import { quickRequest, slowRequest } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);

inBrowser(
  'the traces that there are show up at once, with what is worst in each',
  async (t, { page, store, open }) => {
    store(quickRequest());
    const id = store(slowRequest());
    await open('/');
    const slow = page.locator('.result').filter({ has: page.locator(`a[href="/trace/${id}"]`) });
    t.regex(await slow.innerText(), /gateway GET \/all\s+890 ms/);
    await slow.locator('.result-finding').waitFor();
    t.regex(await slow.innerText(), /saves about 270 ms\s+and 2 more/);
    t.is(await page.getByRole('list', { name: 'Traces' }).getByRole('listitem').count(), 2);
    const advice = page.getByRole('region', { name: 'What to fix first' });
    t.regex(
      await advice.innerText(),
      /stands still for 270 ms\s+alpha work\s+in 1 of 2 traces\s+saves about 270 ms/,
    );
  },
);

inBrowser(
  'every filter of the API is asked for, and stands in the address',
  async (t, { page, store, open }) => {
    const id = store(slowRequest());
    store(quickRequest());
    await open('/search');
    await page.getByLabel('Service', { exact: true }).selectOption('gateway');
    await page.getByLabel('Operation').selectOption('GET /all');
    await page.getByLabel('Tags').fill('span.kind=server');
    await page.getByLabel('Least duration').fill('500ms');
    await page.getByLabel('Most duration').fill('1.5s');
    await page.getByLabel('When').selectOption('6h');
    await page.getByLabel('At most').fill('7');
    const asked = page.waitForRequest(request => request.url().includes('minDuration='));
    await page.getByRole('button', { name: 'Find traces' }).click();
    const query = new URL((await asked).url()).searchParams;
    t.is(query.get('service'), 'gateway');
    t.is(query.get('operation'), 'GET /all');
    t.is(query.get('tags'), '{"span.kind":"server"}');
    t.is(query.get('minDuration'), '500ms');
    t.is(query.get('maxDuration'), '1.5s');
    t.is(query.get('limit'), '7');
    t.is(Math.round((Number(query.get('end')) - Number(query.get('start'))) / 1e6), 6 * 3600);
    await page.getByRole('heading', { name: '1 trace' }).waitFor();
    await page.locator(`.result-name[href="/trace/${id}"]`).waitFor();
    const { searchParams } = new URL(page.url());
    t.is(searchParams.get('lookback'), '6h');
    await page.reload();
    await page.getByRole('heading', { name: '1 trace' }).waitFor();
    t.is(await page.getByLabel('Least duration').inputValue(), '500ms');
  },
);

inBrowser('a filter that Jaeger would refuse is not asked for', async (t, { page, store, open }) => {
  store(quickRequest());
  await open('/search');
  await page.getByLabel('Least duration').fill('fast');
  await page.getByLabel('Tags').fill('error');
  await page.getByRole('button', { name: 'Find traces' }).click();
  t.is(await page.getByLabel('Least duration').getAttribute('aria-invalid'), 'true');
  await page.getByText('Tags are key=value').waitFor();
  t.is(new URL(page.url()).search, '');
});

inBrowser('new traces arrive by themselves, as long as it is live', async (t, { page, store, open }) => {
  store(quickRequest(), Date.now() - 60_000);
  await open('/search');
  await page.getByRole('heading', { name: '1 trace' }).waitFor();
  const id = store(slowRequest());
  await page.getByRole('heading', { name: '2 traces' }).waitFor();
  t.is(await page.locator('.result').first().locator('a').getAttribute('href'), `/trace/${id}`);
  await page.getByRole('button', { name: 'Live' }).click();
  let requests = 0;
  page.on('request', () => requests++);
  store(slowRequest());
  // As long as a poll takes to come, and longer.
  await page.clock.install();
  await page.clock.runFor(30_000);
  t.is(requests, 0);
});

inBrowser('nothing is asked for while nobody sees the page', async (t, { page, store, open }) => {
  await page.clock.install();
  store(quickRequest());
  await open('/search?service=gateway');
  await page.getByRole('heading', { name: '1 trace' }).waitFor();
  await setVisibility(page, 'hidden');
  let requests = 0;
  page.on('request', () => requests++);
  await page.clock.runFor(20_000);
  t.is(requests, 0);
  await setVisibility(page, 'visible');
  const asked = page.waitForRequest(/\/api\/traces/);
  await page.clock.runFor(4_000);
  await asked;
});

inBrowser(
  'a dot of the chart opens its trace, and dragging over dots chooses theirs',
  async (t, { page, store, open }) => {
    const id = store(slowRequest(), Date.now() - 30_000);
    store(quickRequest(), Date.now() - 90_000);
    await open('/search?service=gateway');
    const over = page.locator('.scatter-plot .u-over');
    await over.waitFor();
    const box = await over.boundingBox();
    if (box === null) return t.fail();
    await page.mouse.move(box.x + 2, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, box.y + box.height - 2, { steps: 5 });
    await page.mouse.up();
    await page.getByText('2 chosen').waitFor();
    t.is(new URL(page.url()).pathname, '/search');
    // The later trace is the right one, the slower one the upper one.
    const [x, y] = await dot(page.locator('.scatter'), box);
    await page.mouse.click(x, y);
    await page.waitForURL(`**/trace/${id}`);
  },
);

/** Tabs of a headless browser are always visible to it. */
function setVisibility(page: Page, value: 'hidden' | 'visible'): Promise<unknown> {
  return page.evaluate(
    `Object.defineProperty(document, 'visibilityState', { value: '${value}', configurable: true })`,
  );
}

/** Looks for the rightmost dot with the pointer: over it is its tip. */
async function dot(
  scatter: Locator,
  box: { x: number; y: number; width: number; height: number },
): Promise<[number, number]> {
  const page = scatter.page();
  for (let x = box.x + box.width; x > box.x + box.width / 2; x -= 12) {
    for (let y = box.y + 10; y < box.y + box.height; y += 12) {
      await page.mouse.move(x, y);
      if (await scatter.locator('.scatter-tip').isVisible()) return [x, y];
    }
  }
  throw new Error('no dot was found');
}

inBrowser('traces can be put in another order', async (t, { page, store, open }) => {
  const slow = store(slowRequest(), Date.now() - 60_000);
  const quick = store(quickRequest());
  await open('/search?service=gateway');
  await page.getByRole('heading', { name: '2 traces' }).waitFor();
  const first = () => page.locator('.result a').first().getAttribute('href');
  t.is(await first(), `/trace/${quick}`);
  await page.getByLabel('Order').selectOption('longest');
  t.is(await first(), `/trace/${slow}`);
});

inBrowser('without any trace it says what to do', async (t, { page, open }) => {
  await open('/');
  await page.getByText('No trace has arrived yet').waitFor();
  t.pass();
});

inBrowser('a Jaeger that does not answer is said to', async (t, { page, open, problems }) => {
  await page.route('**/api/services', route => route.abort());
  await open('/').catch(() => {});
  await page.getByRole('alert').getByText('does not respond').waitFor();
  t.true(problems.splice(0).length > 0);
});
