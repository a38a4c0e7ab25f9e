import { createHash } from 'node:crypto';
import { request } from 'node:http';
import test from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildPage, htmlFile } from '../src/page/build.ts';
import { startBackend } from './helpers/trace-backend.ts';

test('each view has the same document, which the browser asks for again', async t => {
  const { query } = await startBackend(t);
  const document = await (await fetch(query)).text();
  for (const path of [
    '/search?service=a',
    '/trace/0af7',
    '/trace/0a...0b',
    '/compare',
    '/graph',
    '/dependencies',
  ]) {
    const response = await fetch(query + path);
    t.is(response.status, 200, path);
    t.is(response.headers.get('content-type'), 'text/html; charset=utf-8');
    t.is(response.headers.get('cache-control'), 'no-cache');
    t.is(await response.text(), document);
  }
});

test('what the document loads is kept for good, since its name has its content’s hash', async t => {
  const { query } = await startBackend(t);
  const document = await (await fetch(query)).text();
  const paths = [...document.matchAll(/(?:src|href|data-worker)="(\/page\/[^"]+)"/g)].map(([, path]) => path);
  t.is(paths.length, 4);
  for (const path of paths) {
    const response = await fetch(query + path);
    t.is(response.headers.get('cache-control'), 'public, max-age=31536000, immutable', path);
    const hash = createHash('sha256')
      .update(await response.text())
      .digest('hex');
    t.true(path?.includes(hash.slice(0, 12)), path);
  }
});

test('the policy allows nothing that is not the page’s own', async t => {
  const { query } = await startBackend(t);
  const { headers } = await fetch(`${query}/trace/0af7`);
  t.deepEqual(headers.get('content-security-policy')?.split('; '), [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types traced-worker',
  ]);
  t.is(headers.get('x-content-type-options'), 'nosniff');
  t.is(headers.get('referrer-policy'), 'no-referrer');
});

test('HEAD gets no body, other methods and paths are not the page’s', async t => {
  const { query, queryPort } = await startBackend(t);
  const head = await fetch(query, { method: 'HEAD' });
  t.is(head.status, 200);
  t.is(await head.text(), '');
  t.is((await fetch(query, { method: 'POST' })).status, 405);
  for (const path of ['/page/nix.js', '/page/', '/trace/x%2fy', '/nix', '/search/']) {
    t.is((await fetch(query + path)).status, 404, path);
  }
  const status = await new Promise(resolve => {
    request({ port: queryPort, path: '/', headers: { host: 'example.com' } }, ({ statusCode }) =>
      resolve(statusCode),
    ).end();
  });
  t.is(status, 403, 'a name that is not this machine’s');
});

test('the page names no other host', async t => {
  for (const [path, { body }] of await buildPage()) {
    const hosts = [...body.matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host);
    t.deepEqual(
      // The name space of SVG, and a base for addresses without a host.
      hosts.filter(host => host !== 'www.w3.org' && host !== 'unknown'),
      [],
      path,
    );
  }
});

const hostile = '</script><!--<script>alert(1)</script>$&$1';

test('in one file, text from spans cannot end its element', async t => {
  const trace: JaegerTrace = { traceID: hostile, spans: [], processes: {}, warnings: [hostile] };
  const html = await htmlFile([trace], hostile);
  const data = /<script type="application\/json" id="traces"[^>]*>(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  t.deepEqual(JSON.parse(data), [trace]);
  t.true(html.includes('<title>&lt;/script&gt;&lt;!--&lt;script&gt;alert(1)&lt;/script&gt;$&amp;$1</title>'));
  t.is(html.match(/<script/g)?.length, 2);
});

test('one file lets its own script and style run and nothing else, and loads nothing', async t => {
  const html = await htmlFile([], 'Traces');
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
  const hash = (text: string | undefined) =>
    createHash('sha256')
      .update(text ?? '')
      .digest('base64');
  const script = /<script type="module">(.*)<\/script>/s.exec(html)?.[1];
  const style = /<style>(.*?)<\/style>/s.exec(html)?.[1];
  t.true(policy.startsWith("default-src 'none'; "));
  t.true(policy.includes(`script-src 'sha256-${hash(script)}';`));
  t.true(policy.includes(`style-src 'sha256-${hash(style)}';`));
  t.false(/unsafe|connect-src|\*/.test(policy));
  t.false(/<(?:script|img|link)[^>]+(?:src|href)="(?!data:,)/.test(html));
});
