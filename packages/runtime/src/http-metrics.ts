/**
 * How long HTTP requests take, as server and as client. The instrumentations measure that, too, but count what the
 * exporters send, take a response that was cut off for a success, and are two meters with instruments of one name.
 */
import { subscribe } from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import type { ClientRequest, IncomingMessage, RequestOptions, ServerResponse } from 'node:http';
import { type Attributes, context, type Histogram, type Meter } from '@opentelemetry/api';
import { getRPCMetadata, isTracingSuppressed } from '@opentelemetry/core';
import { received, requested, requesting } from './events.ts';

/** In seconds, from OpenTelemetry's semantic conventions for HTTP and FaaS metrics. */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export const durationIn = (meter: Meter, name: string, description: string): Histogram =>
  meter.createHistogram(name, {
    description,
    unit: 's',
    advice: { explicitBucketBoundaries: durationBuckets },
  });

/** Those of RFC 9110, PATCH and QUERY: the convention's list. Any other would be a series of its own. */
const knownMethods = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);
const methodOf = (method = 'GET'): string => (knownMethods.has(method) ? method : '_OTHER');

const secondsSince = (start: number): number => (performance.now() - start) / 1_000;

/** Attributes without those that are undefined: the SDK would make series of them. */
const defined = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

const statusError = (status: number | undefined, least: number): string | undefined =>
  status !== undefined && status >= least ? String(status) : undefined;

/** A low-cardinality name of an error: its code, such as ECONNREFUSED, or its class. */
function errorType(error: unknown): string {
  const { code, name }: { code?: unknown; name?: unknown } = Object(error);
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : '_OTHER';
}

function measureServer(meter: Meter): void {
  const duration = durationIn(meter, 'http.server.request.duration', 'Duration of HTTP server requests.');
  received.subscribe(message => {
    const res = message as ServerResponse;
    const start = performance.now();
    const metadata = getRPCMetadata(context.active());
    res.once('close', () => {
      const { method, httpVersion } = res.req;
      // Where a connection is upgraded, the function itself writes the head.
      const status = res.headersSent || res.writableFinished ? res.statusCode : undefined;
      duration.record(
        secondsSince(start),
        defined({
          'http.request.method': methodOf(method),
          'url.scheme': 'http',
          'network.protocol.version': httpVersion,
          'http.route': metadata?.route,
          'http.response.status_code': status,
          'error.type': res.writableFinished ? statusError(status, 500) : 'client_gone',
        }),
      );
    });
  });
}

/** What a client request is counted by. */
interface Target {
  method: string;
  address: string;
  port: number;
}

const targetAttributes = ({ method, address, port }: Target): Attributes => ({
  'http.request.method': methodOf(method),
  // A URL has IPv6 addresses in brackets, the attribute has not.
  'server.address': address.replace(/^\[(.*)\]$/, '$1'),
  'server.port': port,
});

const portOf = (port: unknown, protocol: string | null | undefined): number =>
  Number(port) || (protocol === 'https:' ? 443 : 80);

function measureHttp(duration: Histogram): void {
  // A ClientRequest does not say to which port it goes. Its options come right before it, in the same call.
  let options: RequestOptions = {};
  requesting.subscribe(message => {
    options = message as RequestOptions;
  });
  requested.subscribe(message => {
    if (isTracingSuppressed(context.active())) return;
    const req = message as ClientRequest & { res: IncomingMessage | null };
    const start = performance.now();
    const port = portOf(options.port ?? options.defaultPort, req.protocol);
    const attributes = targetAttributes({ method: req.method, address: String(req.host), port });
    let failure: unknown;
    req.once(errorMonitor, error => {
      failure = error;
    });
    req.once('close', () => {
      const res = req.res ?? undefined;
      const cutOff = res !== undefined && res.statusCode !== 101 && !res.complete ? 'aborted' : undefined;
      duration.record(
        secondsSince(start),
        defined({
          ...attributes,
          'network.protocol.version': res?.httpVersion,
          'http.response.status_code': res?.statusCode,
          'error.type': failure ? errorType(failure) : (cutOff ?? statusError(res?.statusCode, 400)),
        }),
      );
    });
  });
}

interface UndiciRequest {
  origin: string | URL;
  method: string;
}

interface UndiciMessage {
  request: UndiciRequest;
  response?: { statusCode: number };
  error?: Error;
}

/** By undici's diagnostics channels, which `fetch` and the package have alike. */
function measureFetch(duration: Histogram): void {
  const open = new WeakMap<UndiciRequest, { start: number; attributes: Attributes; status?: number }>();
  const on = (name: string, listener: (message: UndiciMessage) => void) =>
    subscribe(`undici:request:${name}`, message => listener(message as UndiciMessage));
  const end = (request: UndiciRequest, error?: unknown) => {
    const begun = open.get(request);
    if (begun === undefined) return;
    open.delete(request);
    const { start, attributes, status } = begun;
    const type = error === undefined ? statusError(status, 400) : errorType(error);
    duration.record(
      secondsSince(start),
      defined({ ...attributes, 'http.response.status_code': status, 'error.type': type }),
    );
  };
  on('create', ({ request }) => {
    if (isTracingSuppressed(context.active()) || !URL.canParse(String(request.origin))) return;
    const { hostname, port, protocol } = new URL(request.origin);
    const target = { method: request.method, address: hostname, port: portOf(port, protocol) };
    open.set(request, { start: performance.now(), attributes: targetAttributes(target) });
  });
  on('headers', ({ request, response }) => {
    const begun = open.get(request);
    if (begun !== undefined && response !== undefined) begun.status = response.statusCode;
  });
  on('trailers', ({ request }) => end(request));
  on('error', ({ request, error }) => end(request, error));
}

export function measureHttpRequests(meter: Meter): void {
  measureServer(meter);
  const duration = durationIn(meter, 'http.client.request.duration', 'Duration of HTTP client requests.');
  measureHttp(duration);
  measureFetch(duration);
}
