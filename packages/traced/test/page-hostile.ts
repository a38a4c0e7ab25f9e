import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { browserTest } from './helpers/page.ts';
import { slowRequest } from './helpers/page-traces.ts';

const inBrowser = browserTest(test);

const script = '<script>document.title="owned"</script>';
const image = '<img src=x onerror="alert(1)">';
const link = 'javascript:alert(1)';

/** Every text that a span brings along is markup. */
function hostileTrace(): JaegerTrace {
  const trace = slowRequest();
  for (const process of Object.values(trace.processes)) {
    process.serviceName = `${script}${process.serviceName}`;
    process.tags.push({ key: image, type: 'string', value: script });
  }
  for (const span of trace.spans) {
    span.operationName = `${image}${span.operationName}`;
    span.tags.push(
      { key: `${script}k`, type: 'string', value: image },
      { key: 'url', type: 'string', value: link },
    );
    span.logs.push({ timestamp: span.startTime, fields: [{ key: image, type: 'string', value: script }] });
    span.warnings = [`${script}${image}`];
  }
  return trace;
}

inBrowser('text from spans stays text, wherever it is shown', async (t, { page, store, open, problems }) => {
  const before = store(hostileTrace());
  const after = store(hostileTrace());
  const visited: string[] = [];
  const check = async (name: string, shown: string) => {
    await page.getByText(shown).first().waitFor();
    t.is(
      await page.locator('main script, main img, main [onerror], main a[href^="javascript"]').count(),
      0,
      name,
    );
    t.not(await page.title(), 'owned', name);
    visited.push(name);
  };
  await open('/search');
  await page.locator('.patterns').waitFor();
  await check('search', image);
  await open(`/trace/${before}`);
  await page.locator('.finding').first().waitFor();
  await check('trace', image);
  await page.locator('[role=row][data-key]').nth(2).click();
  for (const part of await page.locator('.details details:not([open]) > summary').all()) await part.click();
  await check('details', link);
  await page.getByRole('tab', { name: 'Advice' }).click();
  await page.getByRole('button', { name: 'Show it all fixed' }).click();
  await page.getByRole('tab', { name: 'Where the time went' }).click();
  await check('time', script);
  await open(`/compare?a=${before}&b=${after}`);
  await page.locator('.paths').waitFor();
  await check('compare', image);
  await open('/graph');
  await page.locator('.graph-service').first().waitFor();
  await check('graph', '<script>');
  t.is(visited.length, 6);
  t.deepEqual(problems, []);
});

inBrowser('a trace id that is markup is not taken for one', async (t, { page, backend, problems }) => {
  const response = await page.goto(`${backend.query}/trace/${encodeURIComponent(image)}`);
  t.is(response?.status(), 404);
  t.is(await page.locator('img').count(), 0);
  t.true(problems.splice(0).every(problem => problem.includes('404')));
});

inBrowser(
  'whatever gets into the page can neither run nor send anything away',
  async (t, { page, open, problems }) => {
    let reached = 0;
    const elsewhere = createServer((_request, response) => {
      reached++;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    t.teardown(() => void elsewhere.close());
    const address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    await open('/');
    const outcome = await page.evaluate<string[]>(`(async url => {
    const refused = [];
    document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
    await fetch(url).catch(() => {});
    document.body.appendChild(document.createElement('img')).src = url;
    try {
      document.body.insertAdjacentHTML('beforeend', '<b>markup</b>');
    } catch {
      refused.push('markup');
    }
    document.body.appendChild(document.createElement('div')).setAttribute('style', 'color: red');
    // What a debugger evaluates may evaluate; what runs later may not.
    await new Promise(resolve => setTimeout(resolve, 200));
    try {
      Function('return 1')();
    } catch {
      refused.push('eval');
    }
    return refused;
  })(${JSON.stringify(address)})`);
    for (const each of ['connect-src', 'img-src', 'markup', 'eval', 'style-src-attr'])
      t.true(outcome.includes(each), each);
    t.is(reached, 0);
    t.true(problems.splice(0).length >= 4);
  },
);
