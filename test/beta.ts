import test from 'ava';
import nock from 'nock';
import { ask, serveFunction, spansOf, startRuntime } from './helpers/functions.ts';

const config = await startRuntime();
const beta = await serveFunction('beta');
test.after.always(() => beta.close());
test.beforeEach(() => config.faults.clear());

test.serial('beta answers with the headers of the page', async t => {
  config.upstreamUrl = 'http://page.test/search?q=python';
  const page = nock('http://page.test')
    .get('/search?q=python')
    .reply(200, 'page', [
      'Content-Type',
      'text/html',
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'X-Mixed-Case',
      'Yes',
    ]);
  const { status, text, headers } = await ask(beta.url);
  t.is(status, 200);
  t.regex(headers.get('content-type') ?? '', /^application\/json/);
  t.deepEqual(JSON.parse(text), {
    'content-type': 'text/html',
    'set-cookie': 'a=1, b=2',
    'x-mixed-case': 'Yes',
  });
  page.done();
});

test.serial('redirects are followed to the page', async t => {
  config.upstreamUrl = 'http://page.test/moved';
  nock('http://page.test').get('/moved').reply(302, '', { location: 'https://other.test/there' });
  nock('https://other.test').get('/there').reply(200, 'page', { 'x-last': 'yes' });
  const { text, traceId } = await ask(beta.url);
  t.is(JSON.parse(text)['x-last'], 'yes');
  const statuses = (await spansOf(traceId, 3)).map(
    ({ attributes }) => attributes['http.response.status_code'],
  );
  t.deepEqual(statuses, [302, 200, 200]);
});

test.serial('a page that fails is not kept', async t => {
  config.upstreamUrl = 'http://page.test/';
  nock('http://page.test').get('/').reply(500, 'no');
  nock('http://page.test').get('/').reply(200, 'yes', { 'x-now': 'fine' });
  const first = await ask(beta.url);
  t.is(first.status, 502);
  t.is(JSON.parse(first.text).detail, 'The page responded with 500.');
  t.is((await ask(beta.url)).status, 200);
});
