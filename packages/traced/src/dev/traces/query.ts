/** Jaeger's query API over a store: its paths, parameters, envelope and errors. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { pageHandler } from '../../page/serve.ts';
import { adjustTrace } from './adjust.ts';
import { toJaegerTrace } from './jaeger-json.ts';
import type { Span } from './model.ts';
import {
  dependencyParameters,
  first,
  oneTraceParameters,
  ParameterError,
  traceParameters,
} from './query-parameters.ts';
import type { TraceStore } from './store.ts';

interface Answer {
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

const answerPage = pageHandler();

/** Answers a request to the query port: the API below `/api/`, else the page. */
export function answerQuery(store: TraceStore, request: IncomingMessage, response: ServerResponse): void {
  if (isLocalHost(request.headers.host) && answerPage(request, response)) return;
  let answer: Answer;
  try {
    answer = toAnswer(store, request);
  } catch {
    // Not expected, but a trace that cannot be shown must not end the process.
    answer = failure(500, 'this could not be shown');
  }
  response.writeHead(answer.status, {
    'Content-Type': answer.type,
    'Content-Length': Buffer.byteLength(answer.body),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...answer.headers,
  });
  // Node itself leaves the body out of the answer to HEAD.
  response.end(answer.body);
}

function toAnswer(store: TraceStore, request: IncomingMessage): Answer {
  if (!isLocalHost(request.headers.host)) {
    return failure(
      403,
      'the Host header must be localhost, 127.0.0.1 or [::1]: open this page by one of those names, ' +
        'for example through an SSH tunnel if it runs on another machine',
    );
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { ...failure(405, 'only GET and HEAD are answered here'), headers: { Allow: 'GET, HEAD' } };
  }
  const [path = '', ...search] = (request.url ?? '/').split('?');
  const parameters = new URLSearchParams(search.join('?'));
  if (!path.startsWith('/api/')) return failure(404, 'page not found');
  try {
    return answerApi(store, path.slice('/api/'.length), parameters);
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

function answerApi(store: TraceStore, path: string, parameters: URLSearchParams): Answer {
  const [, id] = /^traces\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined) return oneTrace(store, id, parameters);
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
      return traces(store, parameters);
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
          '/api/operations?service=, /api/traces?service=, /api/traces/{id}, /api/dependencies',
      );
  }
}

function oneTrace(store: TraceStore, sentID: string, parameters: URLSearchParams): Answer {
  const { id, raw } = oneTraceParameters(sentID, parameters);
  const spans = store.spans(id);
  return spans === undefined ? failure(404, 'trace not found') : success([shown(spans, raw)], parameters);
}

function traces(store: TraceStore, parameters: URLSearchParams): Answer {
  const { traceIDs, raw, query } = traceParameters(parameters, Date.now());
  if (traceIDs.length === 0) {
    const found = store.find(query).map(spans => shown(spans, raw));
    return success(found, parameters);
  }
  const found: JaegerTrace[] = [];
  const errors: { msg: string; traceID: string }[] = [];
  for (const traceID of traceIDs) {
    const spans = store.spans(traceID);
    if (spans === undefined) errors.push({ msg: 'trace not found', traceID });
    else found.push(shown(spans, raw));
  }
  return success(found, parameters, { errors: errors.length === 0 ? null : errors });
}

function shown(spans: readonly Span[], raw: boolean): JaegerTrace {
  return toJaegerTrace(raw ? spans : adjustTrace(spans));
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
  return { status: 200, type: 'application/json', body: JSON.stringify(envelope, null, pretty ? 4 : 0) };
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
