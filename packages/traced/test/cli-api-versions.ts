// The tool asks a Jaeger by the API v3 and, where there is none, by the one before.
import type { IncomingMessage, ServerResponse } from 'node:http';
import test from 'ava';
import { idOf, oneByOne, withId } from './helpers/drawn.ts';
import { jsonRequest, jsonSpan } from './helpers/otlp-cases.ts';
import { serve, traced } from './helpers/traced.ts';

const id = idOf(1);
const trace = withId(oneByOne(), id);
const service = { key: 'service.name', value: { stringValue: 'shop-fn' } };
const otlp = jsonRequest([service], [jsonSpan(id, { name: 'GET /cart' })]);

type Teardown = { teardown(end: () => void): void };
type Answers = Record<string, (request: URL) => unknown>;

/** A server that answers these paths with JSON, and all else with a status; what it was asked for. */
async function backend(t: Teardown, answers: Answers, other: (response: ServerResponse) => void) {
  const asked: string[] = [];
  const address = await serve(t, (request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(url.pathname);
    const answer = answers[url.pathname];
    if (answer === undefined) other(response);
    else response.end(JSON.stringify(answer(url)));
  });
  return { address, asked };
}

const v3NotFound = (response: ServerResponse) =>
  response.writeHead(404).end('{"error":{"httpCode":404,"message":"No traces found"}}');

const v3: Answers = {
  '/api/v3/services': () => ({ services: ['shop-fn'] }),
  '/api/v3/operations': () => ({
    operations: [
      { name: 'get', spanKind: 'client' },
      { name: 'get', spanKind: 'internal' },
    ],
  }),
  [`/api/v3/traces/${id}`]: () => ({ result: otlp }),
  '/api/v3/traces': () => ({ result: otlp }),
};

test.serial('a Jaeger with the API v3 is asked by it alone', async t => {
  const { address, asked } = await backend(t, v3, v3NotFound);
  const run = (...args: string[]) => traced([...args, '--jaeger', address]);
  t.regex((await run('show', id)).stdout, /shop-fn GET \/cart/);
  t.regex((await run('traces', '--service', 'shop-fn')).stdout, /shop-fn GET \/cart/);
  t.is((await run('services')).stdout, 'shop-fn\n');
  t.is((await run('services', 'shop-fn')).stdout, 'get\n');
  const missing = await run('show', idOf(2));
  t.like(missing, { status: 2, stderr: `traced: there is no trace ${idOf(2)} at ${address}\n` });
  t.deepEqual(
    asked.filter(path => !path.startsWith('/api/v3/')),
    [],
  );
});

test.serial('a search says in the API v3 what it is for', async t => {
  let search = new URLSearchParams();
  const answers = {
    ...v3,
    '/api/v3/traces': ({ searchParams }: URL) => {
      search = searchParams;
      return { result: otlp };
    },
  };
  const { address } = await backend(t, answers, v3NotFound);
  const filters = [
    '-s',
    'shop-fn',
    '-o',
    'GET /cart',
    '--min-duration',
    '1ms',
    '--max-duration',
    '1s',
    '-n',
    '7',
  ];
  t.is((await traced(['traces', ...filters, '--since', '1h', '--jaeger', address])).status, 0);
  const { 'query.start_time_min': from, 'query.start_time_max': to, ...rest } = Object.fromEntries(search);
  t.deepEqual(rest, {
    'query.service_name': 'shop-fn',
    'query.operation_name': 'GET /cart',
    'query.duration_min': '1000us',
    'query.duration_max': '1000000us',
    'query.num_traces': '7',
  });
  t.regex(from ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  t.is(Date.parse(to ?? '') - Date.parse(from ?? ''), 3_600_000 + 60_000);
});

test.serial('a search by a tag uses the API before, which alone looks at tags in every version', async t => {
  const answers = { ...v3, '/api/traces': () => ({ data: [trace] }) };
  const { address, asked } = await backend(t, answers, v3NotFound);
  t.is((await traced(['traces', '-s', 'shop-fn', '-t', 'a=b', '--jaeger', address])).status, 0);
  t.deepEqual(asked, ['/api/traces']);
});

for (const [what, other] of Object.entries({
  'answers 404': (response: ServerResponse) => response.writeHead(404).end('404 page not found'),
  'sends its page': (response: ServerResponse) => response.end('<!doctype html>'),
  'answers in the form of the API before': (response: ServerResponse) =>
    response.writeHead(404).end('{"data":null,"errors":[{"code":404,"msg":"no such path"}]}'),
})) {
  test.serial(`a Jaeger without the API v3 that ${what} is asked by the one before`, async t => {
    const { address, asked } = await backend(
      t,
      {
        '/api/services': () => ({ data: ['shop-fn'] }),
        '/api/services/shop-fn/operations': () => ({ data: ['get'] }),
        [`/api/traces/${id}`]: () => ({ data: [trace] }),
        '/api/traces': () => ({ data: [trace] }),
      },
      other,
    );
    const run = (...args: string[]) => traced([...args, '--jaeger', address]);
    t.regex((await run('show', id)).stdout, /shop-fn GET \/cart/);
    t.regex((await run('traces', '-s', 'shop-fn')).stdout, /shop-fn GET \/cart/);
    asked.length = 0;
    t.is((await run('services', 'shop-fn')).stdout, 'get\n');
    t.deepEqual(asked, ['/api/v3/services', '/api/services', '/api/services/shop-fn/operations']);
  });
}

test.serial('what a Jaeger with the API v3 says went wrong is a sentence', async t => {
  const { address } = await backend(t, {}, response =>
    response.writeHead(500).end('{"error":{"httpCode":500,"message":"the storage is gone"}}'),
  );
  const { status, stderr } = await traced(['show', id, '--jaeger', address]);
  t.is(status, 2);
  t.is(stderr, `traced: Jaeger at ${address} says: the storage is gone\n`);
});
