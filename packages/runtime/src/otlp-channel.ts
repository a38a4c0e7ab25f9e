import { gzipSync } from 'node:zlib';
import { getStringFromEnv } from '@opentelemetry/core';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Channel, Reply } from './channel.ts';
import { exportTimeoutMs } from './delivery-limits.ts';
import { type Destination, post } from './post.ts';

/**
 * OTLP has only 502, 503 and 504 sent again (its specification, "Failures"). Of the others only 500 can be the collector's
 * own word on the batch; 501, 511 or 520 come from something before it.
 */
const isTemporary = (status: number): boolean => status !== 500;

/** The two encodings of OTLP over HTTP. A batch is made of pieces, each a list of `resourceSpans`. */
interface Encoding {
  contentType: string;
  encode(spans: readonly ReadableSpan[]): Uint8Array;
  join(pieces: readonly Uint8Array[]): Buffer;
  readAnswer(body: Buffer): Reply;
}

const protobuf: Encoding = {
  contentType: 'application/x-protobuf',
  encode: spans => ProtobufTraceSerializer.serializeRequest([...spans]) ?? new Uint8Array(),
  // Messages one behind the other are one whose lists are theirs together (protobuf, "Last One Wins").
  join: pieces => Buffer.concat(pieces),
  readAnswer: body => readAnswer(body, ProtobufTraceSerializer),
};

const jsonHead = Buffer.from('{"resourceSpans":[');
const jsonTail = Buffer.from(']}');

const json: Encoding = {
  contentType: 'application/json',
  encode: spans =>
    Buffer.from(JsonTraceSerializer.serializeRequest([...spans]) ?? []).subarray(
      jsonHead.length,
      -jsonTail.length,
    ),
  join: pieces =>
    Buffer.concat([
      jsonHead,
      ...pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from(','), piece])),
      jsonTail,
    ]),
  readAnswer: body => readAnswer(body, JsonTraceSerializer),
};

/** A collector may take a batch in part (ExportTracePartialSuccess). */
function readAnswer(body: Buffer, serializer: typeof JsonTraceSerializer): Reply {
  if (body.length === 0) return { kind: 'taken' };
  try {
    const { rejectedSpans = 0, errorMessage } = serializer.deserializeResponse(body).partialSuccess ?? {};
    if (Number(rejectedSpans) === 0) return { kind: 'taken' };
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

/** OTLP over HTTP, with the settings that OpenTelemetry defines for it (OTEL_EXPORTER_OTLP_*). */
export async function otlpChannel(): Promise<Channel<Uint8Array>> {
  const protocol =
    getStringFromEnv('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? getStringFromEnv('OTEL_EXPORTER_OTLP_PROTOCOL');
  const encoding = protocol === 'http/json' ? json : protobuf;
  const options = convertLegacyHttpOptions({}, 'TRACES', 'v1/traces', {
    'Content-Type': encoding.contentType,
  });
  const url = new URL(options.url);
  const agent = (await options.agentFactory(url.protocol)) as Destination['agent'];
  const isZipped = options.compression === 'gzip';
  const destination: Destination = {
    url,
    agent,
    timeoutMs: Math.min(options.timeoutMillis, exportTimeoutMs()),
    isTemporary,
    variables: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT',
    readAnswer: encoding.readAnswer,
    headers: async () => ({ ...(await options.headers()), ...(isZipped && { 'content-encoding': 'gzip' }) }),
  };
  return {
    encode: encoding.encode,
    size: bytes => bytes.length,
    send(pieces) {
      const body = encoding.join(pieces);
      return post(isZipped ? gzipSync(body) : body, destination);
    },
    close: async () => agent.destroy(),
  };
}
