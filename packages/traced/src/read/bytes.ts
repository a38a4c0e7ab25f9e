/** Reads traces from bytes: text in UTF-8 or UTF-16, or OTLP's protobuf, gzipped or not. */
import { gunzipSync } from 'node:zlib';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { GatheredTraces } from './gathered.ts';
import { finished, readTraces } from './index.ts';
import { mostValues } from './json-size.ts';
import { requestsIn } from './otlp/protobuf-files.ts';
import { addOtlp } from './otlp-json.ts';
import { Reading } from './reading.ts';
import { SetAside } from './set-aside.ts';
import { TraceFormatError } from './trace-format.ts';

/** A text cannot be much longer in V8. */
export const mostBytes = 500e6;

/** As `readTraces`, of a file's bytes. Rejects with `TraceFormatError`, and nothing else. */
export async function readTraceBytes(bytes: Uint8Array, setAside = new SetAside()): Promise<JaegerTrace[]> {
  const plain = unpacked(bytes);
  const requests = requestsIn(plain);
  return requests === undefined ? readTraces(textOf(plain), setAside) : readProtobuf(requests, setAside);
}

async function readProtobuf(requests: readonly Uint8Array[], setAside: SetAside): Promise<JaegerTrace[]> {
  const { otlpProtobuf, parseOtlpProtobuf } = await import('./otlp/protobuf.ts');
  const reading = new Reading({ setAside });
  const traces = new GatheredTraces();
  for (const [i, request] of requests.entries()) {
    reading.at('request', i + 1, () => {
      const message = parseOtlpProtobuf(request, mostValues);
      addOtlp(otlpProtobuf.field(message, 'resourceSpans'), otlpProtobuf, reading, traces);
    });
  }
  return finished(traces, setAside);
}

function unpacked(bytes: Uint8Array): Uint8Array {
  const [first, second, third, fourth] = bytes;
  if (first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd)
    throw new TraceFormatError('The input is compressed by zstd: decompress it first.');
  if (first === 0x50 && second === 0x4b)
    throw new TraceFormatError('The input is a ZIP archive: unpack it first.');
  if (first !== 0x1f || second !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TraceFormatError(
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `The input is larger than ${mostBytes / 1e6} MB when unpacked: split it.`
        : `The input is gzipped, but damaged: ${message}.`,
    );
  }
}

function textOf(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  // Of ASCII it makes a text of a byte a character, which a TextDecoder does not.
  if (encoding === 'utf-8') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  return new TextDecoder(encoding).decode(bytes);
}

/** By its byte order mark or, without one, by where the zeros of its first character are, which is ASCII in JSON. */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}
