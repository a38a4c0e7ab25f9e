import { config } from '../shared/settings.ts';
import type { Target } from '../shared/targets.ts';

/** Node decodes the request target as Latin-1: bytes that a URL must not contain are sent percent-encoded. */
const encodeBytes = (query: string): string =>
  query.replace(/[\x80-\xff]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The URL that is sent to a function.
 * @param query what followed the first question mark of the request target
 */
export function targetUrl({ name, path }: Target, query = ''): URL {
  const called = new URL(config[`${name}FunctionUrl`]);
  called.pathname = called.pathname.replace(/\/+$/, '') + path;
  called.search = query && `?${encodeBytes(query)}`;
  called.hash = '';
  return called;
}
