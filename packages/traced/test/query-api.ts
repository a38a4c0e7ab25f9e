import { request } from 'node:http';
import test from 'ava';
import { getJson, newID, startBackend, storedSpan } from './helpers/trace-backend.ts';

test('services and operations are listed in order', async t => {
  const backend = await startBackend(t);
  const kind = (value: string) => [{ key: 'span.kind', type: 'string' as const, value }];
  backend.store.add([
    storedSpan({ process: { serviceName: 'root fn/1', tags: [] } }),
    storedSpan({ operationName: 'b', tags: kind('server') }),
    storedSpan({ operationName: 'a', tags: kind('client') }),
    storedSpan({ operationName: 'a', tags: kind('nonsense') }),
  ]);
  const services = await getJson(backend, '/api/services');
  t.deepEqual(services.body, {
    data: ['alpha-fn', 'root fn/1'],
    total: 2,
    limit: 0,
    offset: 0,
    errors: null,
  } as never);
  t.deepEqual((await getJson<unknown>(backend, '/api/services/alpha-fn/operations')).body.data, ['a', 'b']);
  t.deepEqual((await getJson<unknown>(backend, '/api/services/root+fn%2F1/operations')).body.data, [
    'GET /alpha',
  ]);
  t.deepEqual((await getJson<unknown>(backend, '/api/operations?service=alpha-fn')).body.data, [
    { name: 'a', spanKind: '' },
    { name: 'a', spanKind: 'client' },
    { name: 'b', spanKind: 'server' },
  ]);
  t.deepEqual(
    (await getJson<unknown>(backend, '/api/operations?service=alpha-fn&spanKind=server')).body.data,
    [{ name: 'b', spanKind: 'server' }],
  );
});

test('a trace comes in Jaeger’s envelope', async t => {
  const backend = await startBackend(t);
  const span = storedSpan({ startTime: 1_700_000_000_123_456_789n, duration: 1_999n });
  backend.store.add([span]);
  const { status, type, body } = await getJson(backend, `/api/traces/${span.traceID}`);
  t.is(status, 200);
  t.is(type, 'application/json');
  t.deepEqual(body, {
    data: [
      {
        traceID: span.traceID,
        spans: [
          {
            traceID: span.traceID,
            spanID: span.spanID,
            flags: 1,
            operationName: 'GET /alpha',
            references: [],
            startTime: 1_700_000_000_123_456,
            duration: 1,
            tags: [],
            logs: [],
            processID: 'p1',
            warnings: null,
          },
        ],
        processes: { p1: { serviceName: 'alpha-fn', tags: [] } },
        warnings: null,
      },
    ],
    total: 0,
    limit: 0,
    offset: 0,
    errors: null,
  });
});

test('an unknown trace is not found, with Jaeger’s body', async t => {
  const { status, type, body } = await getJson(await startBackend(t), '/api/traces/abc');
  t.is(status, 404);
  t.is(type, 'text/plain; charset=utf-8');
  t.deepEqual(body as unknown, {
    data: null,
    total: 0,
    limit: 0,
    offset: 0,
    errors: [{ code: 404, msg: 'trace not found' }],
  });
});

test('of several traces asked for by id, the missing are told apart', async t => {
  const backend = await startBackend(t);
  backend.store.add([storedSpan()]);
  const { body } = await getJson(backend, `/api/traces?traceID=${storedSpan().traceID}&traceID=abc`);
  t.is(body.data.length, 1);
  t.deepEqual(body.errors, [{ msg: 'trace not found', traceID: '0000000000000abc' }]);
});

test('a search without a service or an id is refused', async t => {
  const { status, body } = await getJson(await startBackend(t), '/api/traces?limit=1');
  t.is(status, 400);
  t.is(body.errors?.[0]?.msg, "parameter 'service' is required");
});

test('a search finds what began in the last two days unless told otherwise', async t => {
  const backend = await startBackend(t);
  const day = 86_400_000_000_000n;
  const now = BigInt(Date.now()) * 1_000_000n;
  for (const age of [0n, 1n, 3n])
    backend.store.add([storedSpan({ traceID: newID(16), startTime: now - age * day })]);
  t.is((await getJson(backend, '/api/traces?service=alpha-fn')).body.data.length, 2);
  const start = (now - 4n * day) / 1_000n;
  t.is((await getJson(backend, `/api/traces?service=alpha-fn&start=${start}`)).body.data.length, 3);
});

test('a search gives a hundred traces unless told otherwise', async t => {
  const backend = await startBackend(t);
  backend.store.add(Array.from({ length: 101 }, () => storedSpan({ traceID: newID(16) })));
  t.is((await getJson(backend, '/api/traces?service=alpha-fn')).body.data.length, 100);
  t.is((await getJson(backend, '/api/traces?service=alpha-fn&limit=1')).body.data.length, 1);
  t.is((await getJson(backend, '/api/traces?service=alpha-fn&limit=0')).body.data.length, 101);
});

test('lengths are written as Go writes them', async t => {
  const backend = await startBackend(t);
  backend.store.add([storedSpan({ duration: 90_000_000_000n })]);
  const found = async (least: string) =>
    (await getJson(backend, `/api/traces?service=alpha-fn&minDuration=${encodeURIComponent(least)}`)).body
      .data.length;
  for (const least of ['90s', '1m30s', '1.5m', '90000ms', '.025h', '+90000000µs', '0'])
    t.is(await found(least), 1, least);
  for (const least of ['90.000000001s', '1.6m', '1h']) t.is(await found(least), 0, least);
});

test('calls between services are counted', async t => {
  const backend = await startBackend(t);
  const root = storedSpan({ process: { serviceName: 'gateway-fn', tags: [] } });
  const references = [{ refType: 'CHILD_OF' as const, traceID: root.traceID, spanID: root.spanID }];
  backend.store.add([root, storedSpan({ references }), storedSpan({ references })]);
  const links = await getJson<unknown>(
    backend,
    `/api/dependencies?endTs=${Date.now() + 1_000}&lookback=60000`,
  );
  t.deepEqual(links.body.data, [{ parent: 'gateway-fn', child: 'alpha-fn', callCount: 2 }]);
  const before = await getJson<unknown>(
    backend,
    `/api/dependencies?endTs=${Date.now() - 60_000}&lookback=60000`,
  );
  t.deepEqual(before.body.data, []);
});

test('what JSON cannot hold is written as text', async t => {
  const backend = await startBackend(t);
  const span = storedSpan({
    tags: [
      { key: 'a', type: 'float64', value: Number.NaN },
      { key: 'b', type: 'int64', value: 2n ** 63n - 1n },
      { key: 'c', type: 'int64', value: 2n ** 53n - 1n },
      { key: 'd', type: 'binary', value: Uint8Array.of(1, 2, 3) },
    ],
  });
  backend.store.add([span]);
  const { body } = await getJson(backend, `/api/traces/${span.traceID}`);
  const values = body.data[0]?.spans[0]?.tags.map(({ value }) => value);
  t.deepEqual(values, ['NaN', '9223372036854775807', 9007199254740991, 'AQID']);
});

test('an unknown path below /api/ is not found, and told what there is', async t => {
  const { status, body } = await getJson(await startBackend(t), '/api/nothing');
  t.is(status, 404);
  t.regex(body.errors?.[0]?.msg ?? '', /\/api\/services/);
});

test('HEAD is answered without a body', async t => {
  const backend = await startBackend(t);
  const response = await fetch(`${backend.query}/api/services`, { method: 'HEAD' });
  t.is(response.status, 200);
  t.is(await response.text(), '');
});

test('other methods are refused with those that are allowed', async t => {
  const backend = await startBackend(t);
  const response = await fetch(`${backend.query}/api/traces`, { method: 'POST', body: 'x' });
  t.is(response.status, 405);
  t.is(response.headers.get('allow'), 'GET, HEAD');
});

for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:80', '[::1]:16686']) {
  test(`a request to ${host} is answered`, async t => {
    t.is(await statusFor(await startBackend(t), host), 200);
  });
}

for (const host of [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'localhost:x',
  '192.168.0.1',
]) {
  test(`a request to ${host} is refused, as a rebound name would be`, async t => {
    t.is(await statusFor(await startBackend(t), host), 403);
  });
}

function statusFor(backend: { queryPort: number }, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(
      { port: backend.queryPort, host: '127.0.0.1', path: '/api/services', headers: { host } },
      response => {
        response.resume();
        resolve(response.statusCode);
      },
    )
      .on('error', reject)
      .end();
  });
}
