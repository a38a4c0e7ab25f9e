/** OTLP's JSON in all the forms in which exporters and backends write it to files. */
import { wrongField } from '../trace-format.ts';
import type { Encoding } from './encoding.ts';
import { bytesOfBase64, otlpJson } from './json.ts';

export const lenientOtlpJson: Encoding = {
  ...otlpJson,

  /** A number in hexadecimal, of as many bits as it has; or in base64, as protobuf's own JSON mapping has it. */
  id(value, bytes, name) {
    if (typeof value === 'string' && value !== '') {
      if (value.length === bytes * 2 && isHex(value)) return value.toLowerCase();
      const number = value.replace(/^0x/i, '').replace(/^0+(?=.)/, '');
      if (isHex(number) && number.length <= bytes * 2) return number.toLowerCase().padStart(bytes * 2, '0');
      const decoded = decodedBase64(value);
      if (decoded?.length === bytes)
        return Array.from(decoded, byte => byte.toString(16).padStart(2, '0')).join('');
    }
    throw wrongField(name, value, `an id of ${bytes} bytes in hexadecimal or base64`);
  },

  integer(value, isSigned, name) {
    // Nanoseconds as a number have lost their last digits; a double has steps of 256 there.
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
    if (typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value)) return BigInt(value);
    return otlpJson.integer(value, isSigned, name);
  },

  boolean(value, name) {
    return value === 'true' || value === 'false' ? value === 'true' : otlpJson.boolean(value, name);
  },

  bytes(value, name) {
    const decoded = typeof value === 'string' ? decodedBase64(value) : undefined;
    return decoded ?? otlpJson.bytes(value, name);
  },

  /** Also without the prefix, in any case, or as the text of a number. */
  enumeration(value, prefix, names, name) {
    if (typeof value !== 'string') return otlpJson.enumeration(value, prefix, names, name);
    if (/^\d{1,9}$/.test(value)) return Number(value);
    const bare = value.toUpperCase().replace(prefix, '');
    const place = names.findIndex(each => each.toUpperCase() === bare);
    return place === -1 ? otlpJson.enumeration(value, prefix, names, name) : place;
  },
};

const isHex = (text: string): boolean => /^[\da-f]+$/i.test(text);

/** With or without padding, in either alphabet. */
function decodedBase64(text: string): Uint8Array | undefined {
  if (!/^[\w+/-]*={0,2}$/.test(text)) return undefined;
  try {
    return bytesOfBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}
