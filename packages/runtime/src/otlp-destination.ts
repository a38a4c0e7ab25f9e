/** Where OTLP over HTTP goes, by the settings that OpenTelemetry defines for it (OTEL_EXPORTER_OTLP_*). */
import { gzipSync } from 'node:zlib';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import type { Reply } from './channel.ts';
import { type Destination, post } from './post.ts';

/**
 * OTLP has only 429, 502, 503 and 504 sent again (its specification, "Failures"). Of the other 5xx only 500 can be the
 * collector's own word on the batch; 501, 511 or 520 come from something before it.
 */
const isTemporary = (status: number): boolean => status === 429 || status > 500;

export type Signal = 'TRACES' | 'METRICS';

/** Whether a signal is sent as JSON, not as protobuf. */
export function isJson(signal: Signal, env = process.env): boolean {
  return (env[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL']) === 'http/json';
}

/** What a collector says of a batch that it has taken in part. */
export interface PartialSuccess {
  rejected: number;
  message?: string | undefined;
}

export interface OtlpDestination {
  /** Sends one request's body. @returns what came of it; never rejects */
  send(body: Uint8Array): Promise<Reply>;
  close(): Promise<void>;
}

/** @param read finds the `partialSuccess` of a response; it may throw */
function readAnswer(body: Buffer, read: (body: Buffer) => PartialSuccess | undefined): Reply {
  if (body.length === 0) return { kind: 'taken' };
  try {
    const { rejected = 0, message } = read(body) ?? {};
    if (rejected === 0) return { kind: 'taken' };
    const reason = `the collector did not want them: ${message ?? 'no reason'}`;
    return { kind: 'refused', spans: rejected, reason };
  } catch {
    // Whatever it says beside its 2xx, it has taken the batch.
    return { kind: 'taken' };
  }
}

/** @param read finds what a response says of a batch that was taken in part */
export async function otlpDestination(
  signal: Signal,
  read: (body: Buffer) => PartialSuccess | undefined,
): Promise<OtlpDestination> {
  const options = convertLegacyHttpOptions({}, signal, `v1/${signal.toLowerCase()}`, {
    'Content-Type': isJson(signal) ? 'application/json' : 'application/x-protobuf',
  });
  const url = new URL(options.url);
  const agent = (await options.agentFactory(url.protocol)) as Destination['agent'];
  const isZipped = options.compression === 'gzip';
  const destination: Destination = {
    url,
    agent,
    timeoutMs: options.timeoutMillis,
    isTemporary,
    readAnswer: body => readAnswer(body, read),
    headers: async () => ({ ...(await options.headers()), ...(isZipped && { 'content-encoding': 'gzip' }) }),
  };
  return {
    send: body => post(isZipped ? gzipSync(body) : body, destination),
    close: async () => agent.destroy(),
  };
}
