/** How long a shared cache may keep a response (RFC 9111). */

/** The upper bound, and the default for a response that says nothing. */
const mostSeconds = 60;

/** Of the statuses that are cacheable by default (RFC 9110, 15.1), the successful ones; other responses are not kept. */
const keptStatuses: ReadonlySet<number> = new Set([200, 203, 204]);

const forbidden = ['no-store', 'private', 'no-cache'];

export interface Head {
  status: number;
  /** Names in lower case, in the order of their arrival; values that came several times are joined by `, `. */
  headers: Readonly<Record<string, string | undefined>>;
}

/**
 * The directives by their names in lower case, with their arguments in seconds, quoted or not (RFC 9111, 5.2). An
 * invalid argument is 0; of several, the smallest counts.
 */
function directivesIn(cacheControl: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [, name = '', quoted, plain = ''] of cacheControl.matchAll(
    /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]*)))?/g,
  )) {
    const key = name.toLowerCase();
    const argument = quoted ?? plain;
    const seconds = /^\d+$/.test(argument) ? Number(argument) : 0;
    found.set(key, Math.min(seconds, found.get(key) ?? Number.POSITIVE_INFINITY));
  }
  return found;
}

/** An HTTP date in ms, or NaN. Date.parse alone would accept `0` and `-1`, which are common, as dates. */
function date(text: string): number {
  if (!/^[A-Za-z]{3,9},? /.test(text)) return Number.NaN;
  return Date.parse(/GMT$/.test(text) ? text : `${text} GMT`);
}

function expiresIn({ expires, date: sent }: Head['headers']): number | undefined {
  if (expires === undefined) return undefined;
  const from = sent === undefined ? Number.NaN : date(sent);
  return (date(expires) - (Number.isNaN(from) ? Date.now() : from)) / 1_000 || 0;
}

/** The freshness lifetime in seconds; undefined if the response gives none. */
function lifetime({ headers }: Head): number | undefined {
  const { 'cache-control': cacheControl, pragma = '', vary = '' } = headers;
  const directives = directivesIn(cacheControl ?? '');
  if (forbidden.some(name => directives.has(name)) || vary.split(',').some(name => name.trim() === '*'))
    return 0;
  if (cacheControl === undefined && directivesIn(pragma).has('no-cache')) return 0;
  return directives.get('s-maxage') ?? directives.get('max-age') ?? expiresIn(headers);
}

function leftOf(head: Head): number | undefined {
  const age = /^\d+$/.test(head.headers['age'] ?? '') ? Number(head.headers['age']) : 0;
  const given = lifetime(head);
  if (given === undefined && age === 0) return undefined;
  return (given ?? mostSeconds) - age;
}

const fresh = (head: Head): number => 1_000 * Math.max(0, Math.min(mostSeconds, leftOf(head) ?? mostSeconds));

/**
 * How long a response may be shared with other requests.
 * @param redirects the redirects that led to it; one that says nothing sets no limit
 * @returns ms, at most 60,000, which is also the default; 0: not at all
 */
export function freshMs(response: Head, redirects: readonly Head[] = []): number {
  if (!keptStatuses.has(response.status)) return 0;
  return Math.min(fresh(response), ...redirects.map(fresh));
}
