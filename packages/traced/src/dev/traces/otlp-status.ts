/**
 * A google.rpc.Status in protobuf, which is the body of an OTLP error. Written by hand, so that the protobuf library is
 * loaded in the worker only.
 */
export function encodeStatus(code: number, message: string): Uint8Array {
  const text = Buffer.from(message);
  return Buffer.concat([Buffer.from([0x08, code, 0x12, ...varint(text.length)]), text]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
