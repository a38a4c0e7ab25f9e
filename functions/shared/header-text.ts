const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a header's value. Node decodes values as Latin-1, whereas those who send more than ASCII mostly send UTF-8
 * (https://github.com/nodejs/node/issues/39748): what is valid UTF-8 is taken for that.
 * @param value as Node gives it, each character one byte
 */
export function headerText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}
