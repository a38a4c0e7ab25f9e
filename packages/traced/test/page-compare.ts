import test from 'ava';
import { browserTest } from './helpers/page.ts';
import { quickRequest, slowRequest } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);

inBrowser(
  'two traces chosen in the list are compared, the earlier one first',
  async (t, { page, store, open }) => {
    store(slowRequest(), Date.now() - 60_000);
    store(quickRequest());
    await open('/search?service=gateway');
    await page.getByRole('checkbox').first().check();
    await page.getByRole('checkbox').nth(1).check();
    await page.getByRole('button', { name: 'Compare the two' }).click();
    await page.getByText('took 33.0 ms instead of 890 ms').waitFor();
    const gone = page.getByRole('row', { name: /redis set/ });
    t.regex(await gone.innerText(), /gone\s+9 → 0/);
    const added = page.getByRole('row', { name: /redis mset/ });
    t.regex(await added.innerText(), /new\s+0 → 1/);
  },
);

inBrowser('sets are laid by, one search after the other', async (t, { page, store, open }) => {
  for (let i = 0; i < 6; i++) store(slowRequest(), Date.now() - 100_000 - i * 1_000);
  for (let i = 0; i < 6; i++) store(quickRequest(), Date.now() - i * 1_000);
  await open('/search?service=redis&operation=set');
  await page.getByRole('heading', { name: '6 traces' }).waitFor();
  await page.getByRole('button', { name: 'Choose all' }).click();
  await page.getByRole('button', { name: 'Use as before' }).click();
  await open('/search?service=redis&operation=mset');
  await page.getByRole('heading', { name: '6 traces' }).waitFor();
  await page.getByRole('button', { name: 'Choose all' }).click();
  await page.getByRole('button', { name: 'Use as after' }).click();
  await page.getByRole('link', { name: 'Compare 6 traces before with 6 after' }).click();
  await page.getByText('median of 6 traces').first().waitFor();
  t.regex(await page.locator('.compare-conclusion').innerText(), /faster.*95 % confidence/s);
  await page.getByRole('button', { name: 'As the tree' }).click();
  t.regex(await page.getByRole('row').nth(1).innerText(), /gateway GET \/all/);
  await page.getByRole('link', { name: 'Exchange the two' }).click();
  await page.getByText('became slower').first().waitFor();
});

inBrowser('without traces it says how to choose them', async (t, { page, open }) => {
  await open('/compare');
  await page.getByText('choose two traces').waitFor();
  t.pass();
});

inBrowser('the services are a graph, each leading to its traces', async (t, { page, store, open }) => {
  store(slowRequest());
  store(quickRequest());
  await open('/graph');
  const gateway = page.getByRole('link', { name: 'gateway; calls alpha 2 times, redis 2 times' });
  await gateway.waitFor();
  t.is(await page.locator('.graph-call').count(), 2);
  t.regex(await page.getByRole('row', { name: /redis/ }).innerText(), /gateway\s+redis\s+2/);
  await page.getByRole('link', { name: 'redis; is called by gateway' }).click();
  await page.waitForURL('**/search?service=redis');
  await page.getByRole('heading', { name: '2 traces' }).waitFor();
});

inBrowser(
  'where Jaeger has counted no calls, those of the newest traces are',
  async (t, { page, store, open }) => {
    store(slowRequest());
    await page.route('**/api/dependencies?*', route => route.fulfill({ json: { data: [] } }));
    await open('/dependencies');
    await page.getByText('Counted in the 1 newest trace').waitFor();
    t.is(await page.locator('.graph-call').count(), 2);
  },
);
