/** Workarounds for defects in the client spans of OpenTelemetry's instrumentation of `node:http`. */
import { type ClientRequest, IncomingMessage, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import { responseAttributes } from './client-attributes.ts';

const defaultPorts: Record<string, number> = { 'http:': 80, 'https:': 443 };

/** The port from the Host header that Node writes for an IPv6 address; `given` if the caller set that header. */
function portOf(req: ClientRequest, given: unknown): number {
  const standard = defaultPorts[req.protocol] ?? 80;
  const [, port] = /^\[[^\]]*\](?::(\d+))?$/.exec(String(req.getHeader('host') ?? '')) ?? [undefined, given];
  return Number(port ?? standard) || standard;
}

/**
 * Puts an IPv6 address into brackets in `url.full` and adds the port; sets `server.address` and `server.port`. The
 * instrumentation writes `http://::1/`, and `localhost` as the address of a request with the option `host`:
 * https://github.com/open-telemetry/opentelemetry-js/issues/2353
 */
export function correctIPv6(span: Span, req: ClientRequest): void {
  const host = req.host;
  if (!isIPv6(host) || !('attributes' in span)) return;
  const { 'url.full': url, 'server.port': given } = span.attributes as Attributes;
  const port = portOf(req, given);
  const shownPort = port === defaultPorts[req.protocol] ? '' : `:${port}`;
  // RFC 6874: the percent sign before a zone is escaped.
  const authority = `[${host.replace('%', '%25')}]${shownPort}`;
  const [, before = '', rest = ''] = /^(\w+:\/\/(?:REDACTED:REDACTED@)?)(.*)$/s.exec(String(url)) ?? [];
  if (rest.startsWith(host)) span.setAttribute('url.full', before + authority + rest.slice(host.length));
  span.setAttributes({ 'server.address': host, 'server.port': port });
}

/**
 * Marks a response that is cut off as an error. Node closes the request before it emits the response's error, and the
 * instrumentation ends the span on the close, without an error (the same order of events as in
 * https://github.com/open-telemetry/opentelemetry-js/issues/2575). `aborted` comes before both.
 */
export function markResponse(span: Span, response: IncomingMessage | ServerResponse): void {
  if (!(response instanceof IncomingMessage)) return;
  span.setAttributes(responseAttributes(response));
  response.once('aborted', () => {
    if (response.complete) return;
    span.setAttribute('error.type', 'aborted');
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'the response was cut off' });
  });
}
