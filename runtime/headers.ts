import type { IncomingMessage } from 'node:http';

// RFC 9110, 7.6.1, with the older names that are still met.
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * The headers that a proxy passes on: all but the hop-by-hop ones, those that `Connection` names, and `except`.
 * @returns names in lower case; values in the order of their arrival
 */
export function endToEndHeaders(
  message: IncomingMessage,
  except: Iterable<string> = [],
): Record<string, string[]> {
  const named = (message.headersDistinct['connection'] ?? []).flatMap(value => value.split(','));
  const dropped = new Set([...hopByHop, ...except, ...named.map(name => name.trim().toLowerCase())]);
  const kept = Object.entries(message.headersDistinct).filter(([name]) => !dropped.has(name));
  return Object.fromEntries(kept.map(([name, values]) => [name, values ?? []]));
}
