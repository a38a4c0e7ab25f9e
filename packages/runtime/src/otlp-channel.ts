import { gzipSync } from 'node:zlib';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Channel, Reply } from './channel.ts';
import { type Destination, post } from './post.ts';

/**
 * OTLP has only 429, 502, 503 and 504 sent again (its specification, "Failures"). Of the other 5xx only 500 can be the
 * collector's own word on the batch; 501, 511 or 520 come from something before it.
 */
const isTemporary = (status: number): boolean => status === 429 || status > 500;

type Serializer = typeof ProtobufTraceSerializer;

/** A collector may take a batch in part (ExportTracePartialSuccess). */
function readAnswer(body: Buffer, serializer: Serializer): Reply {
  if (body.length === 0) return { kind: 'taken' };
  try {
    const { rejectedSpans = 0, errorMessage } = serializer.deserializeResponse(body).partialSuccess ?? {};
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

const jsonHead = Buffer.from('{"resourceSpans":[');
const jsonTail = Buffer.from(']}');
const comma = Buffer.from(',');

/** One document of several: the lists of all in one. */
const joinJson = (pieces: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    jsonHead,
    ...pieces.flatMap((piece, index) => {
      const list = piece.subarray(jsonHead.length, piece.length - jsonTail.length);
      return index === 0 ? [list] : [comma, list];
    }),
    jsonTail,
  ]);

/** OTLP over HTTP in protobuf or JSON, with the settings that OpenTelemetry defines for it (OTEL_EXPORTER_OTLP_*). */
export async function otlpChannel(): Promise<Channel<Uint8Array>> {
  const { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: own, OTEL_EXPORTER_OTLP_PROTOCOL: common } = process.env;
  const isJson = (own ?? common) === 'http/json';
  const serializer = isJson ? JsonTraceSerializer : ProtobufTraceSerializer;
  const options = convertLegacyHttpOptions({}, 'TRACES', 'v1/traces', {
    'Content-Type': isJson ? 'application/json' : 'application/x-protobuf',
  });
  const url = new URL(options.url);
  const agent = (await options.agentFactory(url.protocol)) as Destination['agent'];
  const isZipped = options.compression === 'gzip';
  const destination: Destination = {
    url,
    agent,
    timeoutMs: options.timeoutMillis,
    isTemporary,
    readAnswer: body => readAnswer(body, serializer),
    headers: async () => ({ ...(await options.headers()), ...(isZipped && { 'content-encoding': 'gzip' }) }),
  };
  return {
    encode: spans => serializer.serializeRequest([...spans]) ?? new Uint8Array(),
    size: bytes => bytes.length,
    // Messages one behind the other are one whose lists are theirs together (protobuf, "Last One Wins").
    send(pieces) {
      const body = isJson ? joinJson(pieces) : Buffer.concat(pieces);
      return post(isZipped ? gzipSync(body) : body, destination);
    },
    close: async () => agent.destroy(),
  };
}
