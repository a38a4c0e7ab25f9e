/** Jaeger's query API over a store: its paths, parameters, envelope and errors. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pageHandler } from '../../page/serve.ts';
import type { Span } from '../../read/span.ts';
import { adjustTrace } from './adjust.ts';
import { HttpError } from './http-error.ts';
import { toJaegerTrace } from './jaeger-json.ts';
import {
  dependencyParameters,
  first,
  oneTraceParameters,
  ParameterError,
  traceParameters,
} from './query-parameters.ts';
import { answerV3 } from './query-v3.ts';
import type { TraceStore } from './store.ts';
import { type Answer, charge, isLarge, LargeResponses } from './trace-responses.ts';

const largeResponses = new LargeResponses();

const answerPage = pageHandler();

/** Answers a request to the query port: the API below `/api/`, else the page. */
export async function answerQuery(
  store: TraceStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (isLocalHost(request.headers.host) && answerPage(request, response)) return;
  let answer: Answer;
  try {
    answer = await toAnswer(store, request, response);
    if (typeof answer.body === 'string') charge(response, answer.body.length);
  } catch (error) {
    if (error instanceof HttpError)
      answer = { ...failure(error.status, error.message), headers: error.headers };
    // Not expected, but a trace that cannot be shown must not end the process.
    else answer = failure(500, 'this could not be shown');
  }
  if (response.destroyed) return;
  const { body } = answer;
  response.writeHead(answer.status, {
    'Content-Type': answer.type,
    'Content-Length':
      typeof body === 'string' ? Buffer.byteLength(body) : body.reduce((sum, { length }) => sum + length, 0),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...answer.headers,
  });
  // Node itself leaves the body out of the answer to HEAD.
  if (typeof body === 'string') response.end(body);
  else Readable.from(body).pipe(response);
}

async function toAnswer(
  store: TraceStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer> {
  if (!isLocalHost(request.headers.host)) {
    return failure(
      403,
      'the Host header must be localhost, 127.0.0.1 or [::1]: open this page by one of those names, ' +
        'for example through an SSH tunnel if it runs on another machine',
    );
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { ...failure(405, 'only GET and HEAD are supported here'), headers: { Allow: 'GET, HEAD' } };
  }
  const [path = '', ...search] = (request.url ?? '/').split('?');
  const parameters = new URLSearchParams(search.join('?'));
  if (!path.startsWith('/api/')) return failure(404, 'page not found');
  if (path.startsWith('/api/v3/'))
    return answerV3(store, path.slice('/api/v3/'.length), parameters, { response, largeResponses });
  try {
    return await answerApi(store, path.slice('/api/'.length), parameters, response);
  } catch (error) {
    if (error instanceof ParameterError) return failure(400, error.message);
    throw error;
  }
}

// A page of another site can have its own name resolve to 127.0.0.1 and would then be served traces under
// that name; the Host header, which no page can forge, tells.
function isLocalHost(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host ?? '');
}

function answerApi(
  store: TraceStore,
  path: string,
  parameters: URLSearchParams,
  response: ServerResponse,
): Answer | Promise<Answer> {
  const [, id] = /^traces\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined) return oneTrace(store, id, parameters, response);
  const [, service] = /^services\/([^/]+)\/operations$/.exec(path) ?? [];
  if (service !== undefined) {
    const names = new Set(store.operations(unescaped(service)).map(({ name }) => name));
    return listed([...names], parameters);
  }
  switch (path) {
    case 'services':
      return listed(store.services(), parameters);
    case 'operations': {
      if (first(parameters, 'service') === '') throw new ParameterError("parameter 'service' is required");
      const operations = store.operations(first(parameters, 'service'), first(parameters, 'spanKind'));
      return success(operations, parameters, { total: operations.length });
    }
    case 'traces':
      return traces(store, parameters, response);
    case 'dependencies': {
      const { from, to } = dependencyParameters(parameters, Date.now());
      const service = first(parameters, 'service');
      const links = store.dependencies(from, to);
      const own = links.filter(
        ({ parent, child }) => service === '' || parent === service || child === service,
      );
      return success(own, parameters);
    }
    default:
      return failure(
        404,
        'no such path; there are /api/services, /api/services/{service}/operations, ' +
          '/api/operations?service=, /api/traces?service=, /api/traces/{id}, /api/dependencies, ' +
          '/api/v3/services, /api/v3/operations, /api/v3/traces, /api/v3/traces/{id}, /api/v3/trace-summaries',
      );
  }
}

async function oneTrace(
  store: TraceStore,
  sentID: string,
  parameters: URLSearchParams,
  response: ServerResponse,
): Promise<Answer> {
  const { id, raw } = oneTraceParameters(sentID, parameters);
  const spans = store.spans(id);
  if (spans === undefined) return failure(404, 'trace not found');
  return shown([spans], raw, null, parameters, response);
}

async function traces(
  store: TraceStore,
  parameters: URLSearchParams,
  response: ServerResponse,
): Promise<Answer> {
  const { traceIDs, raw, query } = traceParameters(parameters, Date.now());
  if (traceIDs.length === 0) {
    return shown(store.find(query), raw, null, parameters, response);
  }
  const found: (readonly Span[])[] = [];
  const errors: { msg: string; traceID: string }[] = [];
  for (const traceID of traceIDs) {
    const spans = store.spans(traceID);
    if (spans === undefined) errors.push({ msg: 'trace not found', traceID });
    else found.push(spans);
  }
  return shown(found, raw, errors.length === 0 ? null : errors, parameters, response);
}

async function shown(
  traces: readonly (readonly Span[])[],
  raw: boolean,
  errors: unknown,
  parameters: URLSearchParams,
  response: ServerResponse,
): Promise<Answer> {
  if (!isLarge(traces)) {
    const data = traces.map(spans => toJaegerTrace(raw ? spans : adjustTrace(spans)));
    return success(data, parameters, { errors });
  }
  // What is large is not indented, whatever `prettyPrint` says.
  const list = await largeResponses.listOf(traces, raw, response);
  const end = `,"total":0,"limit":0,"offset":0,"errors":${JSON.stringify(errors)}}`;
  const body = [Buffer.from('{"data":'), ...list, Buffer.from(end)];
  return { status: 200, type: 'application/json', body };
}

// Jaeger's list of nothing is null here, but an empty list for what it calls operations, traces and links.
function listed(names: string[], parameters: URLSearchParams): Answer {
  return success(names.length === 0 ? null : names, parameters, { total: names.length });
}

function success(
  data: unknown,
  parameters: URLSearchParams,
  { total = 0, errors = null }: { total?: number; errors?: unknown } = {},
): Answer {
  const pretty = !['', 'false'].includes(first(parameters, 'prettyPrint'));
  const envelope = { data, total, limit: 0, offset: 0, errors };
  const body = JSON.stringify(envelope, null, pretty ? 4 : 0);
  return { status: 200, type: 'application/json', body };
}

function failure(status: number, msg: string): Answer {
  const envelope = { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg }] };
  return { status, type: 'text/plain; charset=utf-8', body: `${JSON.stringify(envelope)}\n` };
}

function unescaped(service: string): string {
  try {
    return decodeURIComponent(service.replaceAll('+', ' '));
  } catch {
    return '';
  }
}
