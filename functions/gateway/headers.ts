import type { IncomingMessage } from 'node:http';

// RFC 9110, 7.6.1, with the older names that are still met.
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const none: ReadonlySet<string> = new Set();
const nothing = () => false;

/** The headers that belong to this hop because `Connection` names them. */
function namedIn(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined) return none;
  return new Set(connection.split(',').map(name => name.trim().toLowerCase()));
}

/**
 * The headers that a proxy passes on: all but the hop-by-hop ones, those that `Connection` names, and those it excepts.
 * @param except is called with names in lower case
 * @returns names in lower case; values in the order of their arrival
 */
export function endToEndHeaders(
  { headers, rawHeaders }: IncomingMessage,
  except: (name: string) => boolean = nothing,
): Record<string, string[]> {
  const named = namedIn(headers.connection);
  // Without a prototype, as a stranger may call a header `__proto__`.
  const passed: Record<string, string[]> = Object.create(null);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (hopByHop.has(name) || except(name) || named.has(name)) continue;
    passed[name] ??= [];
    passed[name].push(rawHeaders[at + 1] ?? '');
  }
  return passed;
}
