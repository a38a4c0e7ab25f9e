import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Channel } from './channel.ts';
import { isJson, otlpDestination } from './otlp-destination.ts';

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

/** Spans by OTLP over HTTP, in protobuf or JSON. */
export async function otlpChannel(): Promise<Channel<Uint8Array>> {
  const inJson = isJson('TRACES');
  const serializer = inJson ? JsonTraceSerializer : ProtobufTraceSerializer;
  const { send, close } = await otlpDestination('TRACES', body => {
    const { rejectedSpans = 0, errorMessage } = serializer.deserializeResponse(body).partialSuccess ?? {};
    return { rejected: Number(rejectedSpans), message: errorMessage };
  });
  return {
    encode: spans => serializer.serializeRequest([...spans]) ?? new Uint8Array(),
    size: bytes => bytes.length,
    // Messages one behind the other are one whose lists are theirs together (protobuf, "Last One Wins").
    send: pieces => send(inJson ? joinJson(pieces) : Buffer.concat(pieces)),
    close,
  };
}
