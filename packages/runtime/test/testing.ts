/** `@traced-functions/runtime/testing`, as a function's own tests use it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startFunction } from '@traced-functions/runtime/testing';
import test from 'ava';

const folder = mkdtempSync(join(tmpdir(), 'testing-test-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, code: string): string {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
}

test('a registered function is served, and its spans are those of the request', async t => {
  const source = file(
    'late.ts',
    `import { http, onStart, tracer } from '@traced-functions/runtime';
     let word = 'not started';
     onStart(async () => { word = 'started'; });
     http('late', async (req, res) => {
       const response = await fetch(String(req.query['url']));
       res.status(201).send(word + (await response.text()));
       const span = tracer.startSpan('after the response', { attributes: { a: 1 } });
       setTimeout(() => span.end(), 50);
     });`,
  );
  const upstreamSource = file('up.cjs', `exports.up = (req, res) => res.send(' upstream');`);
  const up = await startFunction({ source: upstreamSource, target: 'up' });
  const fn = await startFunction({ source: pathToFileURL(source), target: 'late' });
  const response = await fn.fetch(`/some/path?url=${up.url}`);
  t.is(response.status, 201);
  t.is(await response.text(), 'started upstream');
  const spans = await fn.spans(response);
  const summary = spans.map(({ name, kind, parentId }) => {
    const parent = spans.find(({ spanId }) => spanId === parentId);
    return [name, kind, parent && `${parent.kind} ${parent.name}`];
  });
  t.deepEqual(summary, [
    ['GET /late', 'server', undefined],
    ['GET', 'client', 'server GET /late'],
    ['GET', 'server', 'client GET'],
    ['after the response', 'internal', 'server GET /late'],
  ]);
  const [server, , , after] = spans;
  t.is(server?.attributes['http.response.status_code'], 201);
  t.is(server?.attributes['url.path'], '/some/path');
  t.is(server?.status, 'unset');
  t.deepEqual(after?.attributes, { a: 1 });
  t.true((after?.durationMs ?? 0) >= 49);
  await fn.close();
  await up.close();
  await t.throwsAsync(fetch(fn.url));
});

test('a CloudEvent function gets its event, and a failure is in its span', async t => {
  const source = file(
    'events.mjs',
    `import { cloudEvent } from '@google-cloud/functions-framework';
     cloudEvent('events', event => { if (event.data.bad) throw new Error('bad data'); return event.type; });`,
  );
  const fn = await startFunction({ source, target: 'events' });
  const send = (data: unknown) =>
    fn.fetch('/', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'ce-id': '1',
        'ce-type': 't',
        'ce-source': '/s',
        'ce-specversion': '1.0',
      },
      body: JSON.stringify(data),
    });
  t.is(await (await send({})).text(), 't');
  const failed = await send({ bad: true });
  t.is(failed.status, 500);
  const spans = await fn.spans(failed);
  const processing = spans.find(({ name }) => name === 'CloudEvents Process t');
  t.is(processing?.status, 'error');
  t.is(processing?.attributes['cloudevents.event_id'], '1');
  await fn.close();
});

test('a function that is not there is an error that names it', async t => {
  const source = file('empty.cjs', 'exports.other = () => {};');
  const error = await t.throwsAsync(startFunction({ source, target: 'missing' }));
  t.regex(error?.message ?? '', /neither registered nor exported a function "missing"; exported: other/);
  const nowhere = await t.throwsAsync(startFunction({ source: join(folder, 'no'), target: 'missing' }));
  t.regex(nowhere?.message ?? '', /has no module to load/);
});

test('a response without a trace has no spans', async t => {
  const source = file('plain.cjs', 'exports.plain = (req, res) => res.send("");');
  const fn = await startFunction({ source, target: 'plain' });
  await t.throwsAsync(fn.spans({ headers: new Headers() }), { message: /traceresponse/ });
  await fn.close();
});
