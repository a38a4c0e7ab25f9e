/** OTLP's protobuf in files: one message, or several, each with its length before it. */

const resourceSpansTag = 0x0a;

/**
 * The messages in a file: a TracesData or an ExportTraceServiceRequest by itself, or several with their length as a
 * varint (protobuf's own way) or as four bytes, the highest first (the Collector's file exporter's). Undefined where
 * the bytes are none of these.
 */
export function requestsIn(bytes: Uint8Array): Uint8Array[] | undefined {
  const first = bytes.findIndex(byte => !blank.has(byte));
  // JSON begins like this, which is a message's beginning too where a line break stands before it.
  if (bytes[first] === openBrace || bytes[first] === openBracket) return undefined;
  if (isMessage(bytes)) return [bytes];
  return delimited(bytes, varint) ?? delimited(bytes, fourBytes);
}

const blank = new Set([' ', '\t', '\r', '\n'].map(character => character.charCodeAt(0)));
const [openBrace, openBracket] = ['{', '['].map(character => character.charCodeAt(0));

/** Whether the bytes are ResourceSpans from the first to the last. */
function isMessage(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    const length = bytes[at] === resourceSpansTag ? varint(bytes, at + 1) : undefined;
    if (length === undefined) return false;
    at = length.end + length.value;
  }
  return at === bytes.length && at > 0;
}

interface Length {
  value: number;
  /** Where it ends. */
  end: number;
}

function delimited(
  bytes: Uint8Array,
  lengthAt: (bytes: Uint8Array, at: number) => Length | undefined,
): Uint8Array[] | undefined {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = lengthAt(bytes, at);
    if (length === undefined || length.value === 0) return undefined;
    at = length.end + length.value;
    const message = bytes.subarray(length.end, at);
    if (at > bytes.length || !isMessage(message)) return undefined;
    messages.push(message);
  }
  return messages.length === 0 ? undefined : messages;
}

/** Of five bytes at most: more than any file is long that is read. */
function varint(bytes: Uint8Array, at: number): Length | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}

function fourBytes(bytes: Uint8Array, at: number): Length | undefined {
  if (at + 4 > bytes.length) return undefined;
  return { value: new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0), end: at + 4 };
}
