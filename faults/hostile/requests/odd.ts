/** Requests that say something odd and are still clear in where they end. */

import type { Random } from '../random.ts';
import { anyName, anyTarget, anyValue, type Draft, encodeDraft, getDraft, withoutHeaders } from './draft.ts';
import { boundaryNumbers } from './mutate.ts';
import { spoilTraceHeaders } from './trace-headers.ts';
import type { Part } from './volley.ts';

type Flags = Pick<Part, 'head' | 'traced' | 'hurried'>;
type Oddity = (draft: Draft, random: Random, marker: string) => Flags | undefined;

/** Names that something on the way may take for its own, or that objects have without being given them. */
const oddNames = [
  'Host',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-HTTP-Method-Override',
  'X-Original-URL',
  'Cookie',
  'Authorization',
  'Proxy-Authorization',
  'Proxy-Connection',
  'Keep-Alive',
  'TE',
  'Trailer',
  'Range',
  'If-None-Match',
  'Accept-Encoding',
  'Content-Type',
  'Content-Encoding',
  'traceresponse',
  'b3',
  'uber-trace-id',
  '__proto__',
  'constructor',
  'hasOwnProperty',
];

/** What is text here and more than that elsewhere. */
export const injections = [
  '%0d%0aX-Injected:%20yes',
  '%0aX-Injected:%20yes',
  '%E5%98%8A%E5%98%8DX-Injected:%20yes',
  '\\r\\nX-Injected: yes',
  '<script>alert(1)</script>',
  '%00',
  '%',
  '%c0%af..%c0%af',
  '../../../../etc/passwd',
  'jndi:ldap://localhost/a',
  '{{7*7}}',
  "' OR 1=1 --",
];

function flood(draft: Draft, random: Random): undefined {
  const many = 2 ** random.between(4, 9);
  const same = random.chance(0.5) ? anyName(random) : undefined;
  const left = 12_000 / many - 30;
  for (let at = 0; at < many; at++)
    draft.headers.push([same ?? `${anyName(random)}${at}`, anyValue(random, Math.max(0, left))]);
}

/** One to eight headers that something may take for its own. */
export function addOddHeaders(draft: Draft, random: Random, marker: string): undefined {
  for (let left = random.between(1, 8); left > 0; left--) {
    const value = random.chance(0.3) ? marker : random.pick([anyValue(random), ...injections]);
    draft.headers.push([random.pick(oddNames), value]);
  }
}

/** What Connection names is for the next server alone. */
function hopByHop(draft: Draft, _random: Random, marker: string): undefined {
  const name = `X-Hop-${marker.slice(-6)}`;
  draft.headers.push([name, marker], ['Connection', `keep-alive, ${name.toUpperCase()},,${name}`]);
}

const oddities: Record<string, Oddity> = {
  'trace headers': (draft, random, marker) => ({ traced: spoilTraceHeaders(draft, random, marker) }),
  'a flood of headers': flood,
  'hop-by-hop headers': hopByHop,
  'odd headers': addOddHeaders,
  'a deadline': (draft, random) => {
    const value = random.pick([...boundaryNumbers, '1', '20', anyValue(random, 30)]);
    draft.headers.push(['X-Request-Timeout-Ms', value]);
    return { hurried: true };
  },
  'a query': (draft, random) => {
    const text = random.pick([...injections, anyTarget(random), anyTarget(random, 8_000)]);
    draft.target += `&q=${text.replaceAll(' ', '+')}`;
    return undefined;
  },
  HEAD: draft => {
    draft.method = 'HEAD';
    return { head: true };
  },
  'another Host': (draft, random) => {
    withoutHeaders(draft, ['host']);
    draft.headers.push(['Host', anyValue(random, 30)]);
    return undefined;
  },
};

const oddityNames = Object.keys(oddities);

// Node refuses a head of 16 KiB or of a thousand headers.
const mostHeadBytes = 15_000;
const mostHeaders = 950;

/** A GET of a path, odd in one to three ways. */
export function oddGet(path: string, random: Random, marker: string): Part {
  const draft = getDraft(path, random, marker);
  const flags: Flags = { traced: true };
  const done: string[] = [];
  for (let left = random.pick([1, 1, 2, 3]); left > 0; left--) {
    const name = random.pick(oddityNames);
    const traced = flags.traced === true;
    Object.assign(flags, oddities[name]?.(draft, random, marker));
    flags.traced = traced && flags.traced === true;
    done.push(name);
  }
  const bytes = encodeDraft(draft);
  const fits = bytes.length < mostHeadBytes && draft.headers.length < mostHeaders;
  // Where time runs out within an answer, its connection ends with it.
  return { bytes, marker, how: done.join(', '), kept: fits && !flags.hurried, ...flags };
}
