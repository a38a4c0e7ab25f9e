import { createHash } from 'node:crypto';
import test from 'ava';
import { type Backend, startBackend, storedSpan } from './helpers/trace-backend.ts';

const script = '<script>alert("1")</script>&\'';
const escaped = '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;&#39;';

async function withHostileSpan(
  t: Parameters<typeof startBackend>[0],
): Promise<{ backend: Backend; id: string }> {
  const backend = await startBackend(t);
  const tags = [{ key: script, type: 'string' as const, value: script }];
  const process = { serviceName: script, tags };
  const span = storedSpan({
    operationName: script,
    tags,
    process,
    logs: [{ time: 1n, fields: tags }],
    warnings: [script],
  });
  backend.store.add([span]);
  return { backend, id: span.traceID };
}

test('the list shows each trace, with its text escaped', async t => {
  const { backend, id } = await withHostileSpan(t);
  for (const path of ['/', '/search', `/search?service=${encodeURIComponent(script)}`]) {
    const html = await (await fetch(backend.query + path)).text();
    t.true(html.includes(`<a href="/trace/${id}">${escaped}: ${escaped}</a>`), path);
    t.false(html.includes('<script'));
  }
});

test('the waterfall shows each span, with its text escaped', async t => {
  const { backend, id } = await withHostileSpan(t);
  const html = await (await fetch(`${backend.query}/trace/${id}`)).text();
  t.true(html.includes(`<tr><th>${escaped}</th><td>${escaped}</td></tr>`));
  t.true(html.includes(`<p class="warning">${escaped}</p>`));
  t.false(html.includes('<script'));
});

test('the policy allows the page’s own style and nothing else', async t => {
  const backend = await startBackend(t);
  const response = await fetch(`${backend.query}/`);
  const style = /<style>(.*)<\/style>/s.exec(await response.text())?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  t.is(
    response.headers.get('content-security-policy'),
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  t.is(response.headers.get('x-content-type-options'), 'nosniff');
});

test('a trace that is not there is not found', async t => {
  const backend = await startBackend(t);
  t.is((await fetch(`${backend.query}/trace/abc`)).status, 404);
  t.is((await fetch(`${backend.query}/trace/%3Cscript%3E`)).status, 404);
});

test('spans stand below their parents, in the order of their start', async t => {
  const backend = await startBackend(t);
  const root = storedSpan({ operationName: 'root', startTime: 1_000_000n, duration: 9_000_000n });
  const below = (operationName: string, startTime: bigint, parent: string) =>
    storedSpan({
      operationName,
      startTime,
      references: [{ refType: 'CHILD_OF', traceID: root.traceID, spanID: parent }],
    });
  const first = below('first', 2_000_000n, root.spanID);
  backend.store.add([
    below('third', 5_000_000n, root.spanID),
    below('second', 3_000_000n, first.spanID),
    first,
    root,
  ]);
  const html = await (await fetch(`${backend.query}/trace/${root.traceID}`)).text();
  const rows = [...html.matchAll(/class="name depth-(\d+)"><b>[^<]*<\/b>\s*([^<]*)<\/span>/g)];
  t.deepEqual(
    rows.map(([, depth, name]) => `${depth} ${name}`),
    ['0 root', '1 first', '2 second', '1 third'],
  );
});

test('a span of an impossible time does not break the page', async t => {
  const backend = await startBackend(t);
  backend.store.add([storedSpan({ startTime: -1_000_000n, duration: 2n ** 62n })]);
  t.is((await fetch(`${backend.query}/`)).status, 200);
  t.is((await fetch(`${backend.query}/trace/${storedSpan().traceID}`)).status, 200);
});

test('the list names a trace by its root, the newest trace first', async t => {
  const backend = await startBackend(t);
  const at = (traceID: string, operationName: string, startTime: bigint) =>
    storedSpan({ traceID: traceID.repeat(32), operationName, startTime });
  const cold = at('b', 'cold start', 2_000_000n);
  const references = [{ refType: 'CHILD_OF' as const, traceID: cold.traceID, spanID: cold.spanID }];
  const boot = { ...at('b', 'boot', 2_000_000n), references };
  // Sent in another order than they began, the child of the same moment before its parent.
  backend.store.add([at('c', 'newest', 3_000_000n)]);
  backend.store.add([boot, cold]);
  backend.store.add([at('a', 'oldest', 1_000_000n)]);
  const html = await (await fetch(backend.query)).text();
  const names = [...html.matchAll(/<a href="\/trace\/[^>]*>alpha-fn: ([^<]*)</g)].map(([, name]) => name);
  t.deepEqual(names, ['newest', 'cold start', 'oldest']);
});
