const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a header's value. Node decodes values as Latin-1, but most servers that send more than ASCII send UTF-8
 * (https://github.com/nodejs/node/issues/39748). Valid UTF-8 is decoded as UTF-8, anything else stays Latin-1.
 * @param value as Node gives it: one character per byte
 */
export function headerText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}
