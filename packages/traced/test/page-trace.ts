import test from 'ava';
import { browserTest, rows } from './helpers/page.ts';
import { slowRequest } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);

inBrowser('a trace is a waterfall, with spans alike in one row', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.getByRole('heading', { name: 'gateway GET /all' }).waitFor();
  await page.getByText('stands still').first().waitFor();
  t.deepEqual(
    (await rows(page)).map(name => name.replaceAll(/\s+/g, ' ').trim()),
    [
      'gateway GET /all',
      'gateway GET',
      'alpha GET /alpha',
      'alpha work ×8',
      'alpha work finding 1',
      'gateway GET',
      'redis GET /redis',
      'redis connect failed finding 3',
      'redis set ×9 finding 2',
    ],
  );
  t.is(await page.locator('.trace-took').innerText(), '890 ms');
});

inBrowser(
  'the critical path is a line along the bars of what holds the clock',
  async (t, { page, store, open }) => {
    await open(`/trace/${store(slowRequest())}`);
    const along = page.locator('.path-along');
    await along.waitFor({ state: 'attached' });
    const lengths = [...((await along.getAttribute('d')) ?? '').matchAll(/M([\d.]+) [\d.]+H([\d.]+)/g)].map(
      ([, from, to]) => Number(to) - Number(from),
    );
    // All of the request's time, in thousandths.
    t.true(Math.abs(lengths.reduce((sum, length) => sum + length, 0) - 1_000) < 5);
  },
);

inBrowser('a row folds what is below it, and opens it again', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  const row = page.getByRole('row', { name: 'alpha GET /alpha' });
  await row.locator('.twisty').click();
  t.is(await row.getAttribute('aria-expanded'), 'false');
  t.is((await rows(page)).length, 7);
  await row.locator('.twisty').click();
  const group = page.getByRole('row', { name: 'alpha work ×8' });
  await group.locator('.twisty').click();
  t.is((await rows(page)).length, 9 + 8);
  await page.getByRole('button', { name: 'Fold all' }).click();
  t.deepEqual((await rows(page)).length, 3);
  await page.getByRole('button', { name: 'Open all' }).click();
  t.is((await rows(page)).length, 9);
});

inBrowser('a click on advice leads to its span, opened and in focus', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.getByRole('button', { name: 'Fold all' }).click();
  await page.getByRole('button', { name: /^alpha work stands still/ }).click();
  const row = page.locator('[role=row]:focus');
  await row.waitFor();
  t.regex(await row.innerText(), /alpha\s+work\s+finding\s+1/);
  t.regex((await row.getAttribute('class')) ?? '', /is-chosen/);
});

inBrowser('advice on several spans leads to the row that they share', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.getByRole('button', { name: /^9 set commands sequentially/ }).click();
  const row = page.locator('[role=row]:focus');
  await row.waitFor();
  t.regex(await row.innerText(), /set\s+×9/);
});

inBrowser(
  'a what-if shows each span where it would be, and where it was',
  async (t, { page, store, open }) => {
    await open(`/trace/${store(slowRequest())}`);
    const mend = page.getByRole('button', { name: /^Show it fixed\s?: alpha work stands still/ });
    await mend.click();
    t.is(await mend.getAttribute('aria-pressed'), 'true');
    t.regex(await page.locator('.trace-took').innerText(), /took\s890 ms\s+would take\s620 ms/);
    const row = page.getByRole('row', { name: 'alpha work finding 1' });
    const width = async (part: string) =>
      Number.parseFloat(
        (await row.locator(part).getAttribute('style'))?.match(/width: ([\d.]+)%/)?.[1] ?? 'NaN',
      );
    t.true(Math.abs((await width('.ghost')) - (100 * 280) / 890) < 0.5);
    t.true((await width('.bar')) < 2);
    await mend.click();
    t.is(await page.locator('.trace-took').innerText(), '890 ms');
    t.is(await page.locator('.ghost').count(), 0);
  },
);

inBrowser('everything can be shown fixed at once, by a key too', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  const all = page.getByRole('button', { name: 'Show it all fixed' });
  await all.click();
  t.regex(await page.locator('.trace-took ins').innerText(), /419 ms/);
  t.is(await page.locator('.finding .switch[aria-pressed=true]').count(), 3);
  await page.keyboard.press('w');
  t.is(await page.locator('.trace-took').innerText(), '890 ms');
});

inBrowser(
  'a span’s details are its tags, its events, its process and where it is',
  async (t, { page, backend, store, open }) => {
    const trace = slowRequest();
    const connect =
      trace.spans.find(({ operationName }) => operationName === 'connect') ?? trace.spans.at(-10);
    connect?.logs.push({
      timestamp: connect.startTime + 5_000,
      fields: [{ key: 'event', type: 'string', value: 'gave up' }],
    });
    if (connect !== undefined) {
      connect.warnings = ['its clock may be wrong'];
      connect.references.push({ refType: 'FOLLOWS_FROM', traceID: 'abc123', spanID: 'def456' });
    }
    const process = trace.processes[connect?.processID ?? ''];
    process?.tags.push({ key: 'host.name', type: 'string', value: 'box-7' });
    await open(`/trace/${store(trace)}`);
    await page.getByRole('row', { name: 'redis connect' }).click();
    const details = page.getByRole('tabpanel', { name: 'Span' });
    const text = await details.innerText();
    for (const shown of [
      'server.address',
      '192.0.2.1',
      'Event at',
      'gave up',
      'its clock may be wrong',
      'held the request',
    ]) {
      t.true(text.includes(shown), shown);
    }
    await details.getByText('Process').click();
    await details.getByText('box-7').waitFor();
    await details.getByRole('button', { name: /redis GET \/redis/ }).click();
    await page.getByRole('heading', { level: 2, name: 'redis GET /redis' }).waitFor();
    t.is(new URL(page.url()).host, new URL(backend.query).host);
  },
);

inBrowser('zooming shows a part of the time, and the minimap which', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  const from = page.getByRole('slider', { name: 'Shown from' });
  const to = page.getByRole('slider', { name: 'Shown to' });
  await page.getByRole('row', { name: 'redis GET /redis' }).click();
  await page.keyboard.press('z');
  t.true(Number(await from.getAttribute('aria-valuenow')) > 450_000);
  await page.getByRole('button', { name: 'Whole' }).click();
  t.is(await to.getAttribute('aria-valuetext'), '890 ms');
  const box = await page.locator('.minimap-box').boundingBox();
  if (box === null) return t.fail();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.25, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, y, { steps: 4 });
  await page.mouse.up();
  t.true(Math.abs(Number(await from.getAttribute('aria-valuenow')) - 222_500) < 10_000);
  t.true(Math.abs(Number(await to.getAttribute('aria-valuenow')) - 445_000) < 10_000);
  await to.focus();
  await page.keyboard.press('ArrowRight');
  t.true(Number(await to.getAttribute('aria-valuenow')) > 455_000);
});

inBrowser('a span is found by a tag, and the next one by Enter', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.keyboard.press('/');
  await page.keyboard.type('192.0.2.1');
  await page.getByText('1 found').waitFor();
  t.is(await page.locator('.row.is-found').count(), 1);
  await page.keyboard.press('Enter');
  await page.locator('[role=row][tabindex="0"]', { hasText: 'connect' }).waitFor();
  // The row has the focus for two frames, then it is back.
  await page.locator('#find:focus').waitFor();
  await page.locator('#find').press('Escape');
  await page.locator('.row.is-not-found').first().waitFor({ state: 'detached' });
});

inBrowser('only errors, or only the critical path, and what is above', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.getByRole('button', { name: 'Errors', exact: true }).click();
  t.is((await rows(page)).length, 4);
  await page.getByRole('button', { name: 'Critical path', exact: true }).click();
  t.true((await rows(page)).length >= 7);
});

inBrowser('where the time went is told by kind, service and operation', async (t, { page, store, open }) => {
  await open(`/trace/${store(slowRequest())}`);
  await page.getByRole('tab', { name: 'Where the time went' }).click();
  const table = page.getByRole('table', { name: 'By service' });
  t.regex(await table.getByRole('row', { name: /alpha/ }).innerText(), /4\d\d ms\s+\d\d %/);
});

inBrowser('a trace that is not there is said to be missing', async (t, { page, open, problems }) => {
  await open('/trace/abc');
  await page.getByRole('alert').getByText('There is no such trace').waitFor();
  // The browser itself says on the console that the API answered 404.
  t.is(problems.splice(0).length, 1);
});

inBrowser('Jaeger’s own addresses open what they open there', async (t, { page, store, open }) => {
  const id = store(slowRequest());
  await open(`/trace/${id}?uiFind=192.0.2.1`);
  await page.getByText('1 found').waitFor();
  await open(`/search?service=gateway&lookback=1h&limit=20&tags=%7B%22error%22%3A%22true%22%7D`);
  t.is(await page.getByLabel('Tags').inputValue(), 'error=true');
  await open(`/trace/${id}...${id}`);
  await page.getByRole('heading', { name: 'Before and after' }).waitFor();
});
