import { getNumberFromEnv } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { Channel } from './channel.ts';
import { encodeJaegerSpans, jaegerBatch, jaegerProcess } from './jaeger-encoding.ts';
import { type Destination, keptConnections, post } from './post.ts';

/** OpenTelemetry's setting for one batch, and its default. */
const exportTimeoutMs = (): number => getNumberFromEnv('OTEL_EXPORTER_JAEGER_TIMEOUT') ?? 10_000;

/** Jaeger's collector says 500 where its queue is full, and proxies before it 502 to 504 while it is away. */
const isTemporary = (status: number): boolean => status >= 500 || status === 429 || status === 408;

/** Jaeger's thrift over HTTP. */
export function jaegerChannel(endpoint: string, resource: Resource): Channel<Buffer> {
  const url = new URL(endpoint);
  const { OTEL_EXPORTER_JAEGER_USER: user, OTEL_EXPORTER_JAEGER_PASSWORD: password } = process.env;
  const authorization =
    user && password ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : '';
  const headers = { 'content-type': 'application/x-thrift', ...(authorization && { authorization }) };
  const agent = keptConnections(url);
  const destination: Destination = {
    url,
    agent,
    timeoutMs: exportTimeoutMs(),
    isTemporary,
    headers: async () => headers,
  };
  const head = jaegerProcess(resource);
  return {
    encode: encodeJaegerSpans,
    size: bytes => bytes.length,
    send: (pieces, spans) => post(jaegerBatch(head, pieces, spans), destination),
    close: async () => agent.destroy(),
  };
}
