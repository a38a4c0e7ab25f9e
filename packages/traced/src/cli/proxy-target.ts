/** Which URL of a Jaeger a request to the proxy stands for. */

const fixed = new Set([
  ...['services', 'operations', 'traces', 'dependencies'],
  ...['v3/services', 'v3/operations', 'v3/traces', 'v3/trace-summaries'],
]);
const byId = /^((?:v3\/)?traces)\/([0-9a-f]{1,32})$/i;
const ofService = /^services\/([^/]+)\/operations$/;

/** What a request target may consist of: printable ASCII without the characters that URL parsers change. */
const plain = /^\/api\/[!$-[\]-~]*$/;

/**
 * The URL that is sent, made from the route that was recognized and never from the path as it came: what one parser
 * takes for a name, the next one may take for a way out of the base path.
 * @param base ends with a slash
 * @returns undefined where the target is no route of Jaeger's query API
 */
export function targetOf(raw: string, base: URL): URL | undefined {
  if (!plain.test(raw)) return undefined;
  const [path = '', ...query] = raw.split('?');
  const route = routeOf(path.slice('/api/'.length));
  if (route === undefined) return undefined;
  const target = new URL(base);
  target.pathname = `${base.pathname}api/${route}`;
  target.search = query.join('?');
  const isWithin = target.origin === base.origin && target.pathname === `${base.pathname}api/${route}`;
  return isWithin ? target : undefined;
}

function routeOf(path: string): string | undefined {
  if (fixed.has(path)) return path;
  const [, route, id] = byId.exec(path) ?? [];
  if (route !== undefined && id !== undefined) return `${route.toLowerCase()}/${id}`;
  const [, escaped] = ofService.exec(path) ?? [];
  const service = escaped === undefined ? undefined : decoded(escaped);
  if (service === undefined || !isName(service)) return undefined;
  return `services/${encodeURIComponent(service)}/operations`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Some servers decode a path more than once, and leave as they are the escapes that they cannot decode. */
const mostDecodings = 4;

/** Decodes what could lead out of a path, and nothing else. */
const withoutEscapes = (text: string): string =>
  text.replace(/%(2e|2f|5c|25|[01][0-9a-f]|7f)/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** A segment that leads elsewhere, with or without the parameters that some servers cut off. */
const isDots = (part: string): boolean => /^\.{1,2}(;|$)/.test(part);

/** Whether a service can be called this: not where a server that decodes slashes would leave the API's path. */
function isName(service: string): boolean {
  let name = service;
  for (let times = 0; times < mostDecodings; times++) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\0-\x1f\x7f]/.test(name)) return false;
    if (name.split(/[/\\]/).some(isDots)) return false;
    const next = withoutEscapes(name);
    if (next === name) return true;
    name = next;
  }
  return false;
}
