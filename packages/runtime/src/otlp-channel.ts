import { gzipSync } from 'node:zlib';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Channel, Reply } from './channel.ts';
import { type Destination, post } from './post.ts';

/** The 5xx of which OTLP says that they may be tried again (its specification, "Failures"). */
const isTemporary = (status: number): boolean => [502, 503, 504].includes(status);

/** A collector may take a batch in part (ExportTracePartialSuccess). */
function readAnswer(body: Buffer): Reply {
  if (body.length === 0) return { kind: 'taken' };
  try {
    const { rejectedSpans = 0, errorMessage } =
      ProtobufTraceSerializer.deserializeResponse(body).partialSuccess ?? {};
    if (rejectedSpans === 0) return { kind: 'taken' };
    return {
      kind: 'refused',
      spans: Number(rejectedSpans),
      reason: `the collector did not want them: ${errorMessage ?? 'no reason'}`,
    };
  } catch {
    // Whatever it says beside its 2xx, it has taken the batch.
    return { kind: 'taken' };
  }
}

/** OTLP over HTTP in protobuf, with the settings that OpenTelemetry defines for it (OTEL_EXPORTER_OTLP_*). */
export async function otlpChannel(): Promise<Channel<Uint8Array>> {
  const options = convertLegacyHttpOptions({}, 'TRACES', 'v1/traces', {
    'Content-Type': 'application/x-protobuf',
  });
  const url = new URL(options.url);
  const agent = (await options.agentFactory(url.protocol)) as Destination['agent'];
  const isZipped = options.compression === 'gzip';
  const destination: Destination = {
    url,
    agent,
    timeoutMs: options.timeoutMillis,
    isTemporary,
    variables: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT',
    readAnswer,
    headers: async () => ({ ...(await options.headers()), ...(isZipped && { 'content-encoding': 'gzip' }) }),
  };
  return {
    encode: spans => ProtobufTraceSerializer.serializeRequest([...spans]) ?? new Uint8Array(),
    size: bytes => bytes.length,
    // Messages one behind the other are one whose lists are theirs together (protobuf, "Last One Wins").
    send(pieces) {
      const body = Buffer.concat(pieces);
      return post(isZipped ? gzipSync(body) : body, destination);
    },
    close: async () => agent.destroy(),
  };
}
