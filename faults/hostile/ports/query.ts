/** The port of the query API and the page, as it is attacked. */
import type { Attacked } from '../attack.ts';
import type { Random } from '../random.ts';
import { brokenGet } from '../requests/broken.ts';
import { anyTarget, encodeDraft, getDraft } from '../requests/draft.ts';
import { boundaryNumbers } from '../requests/mutate.ts';
import { injections, oddGet } from '../requests/odd.ts';
import { smuggleToTaker } from '../requests/smuggling.ts';
import type { Dialect } from '../requests/volley.ts';
import type { Backend } from './backend.ts';
import { mostBackendMemory } from './collectors.ts';

/** 403 is for another Host, 405 for another method. */
const statuses = new Set([200, 400, 403, 404, 405, 408, 413, 417, 431]);

const paths = [
  '/',
  '/search',
  '/graph',
  '/page/nix',
  '/api/services',
  '/api/services/faults/operations',
  '/api/services/%ff/operations',
  '/api/operations',
  '/api/traces',
  '/api/traces',
  '/api/traces',
  '/api/dependencies',
  '/api/nix',
  '//api/traces',
];

const names = [
  'service',
  'operation',
  'spanKind',
  'traceID',
  'tags',
  'tag',
  'start',
  'end',
  'endTs',
  'lookback',
  'limit',
  'minDuration',
  'maxDuration',
  'raw',
  'prettyPrint',
  '__proto__',
];

const nested = '{"a":'.repeat(1_000);
const values = [
  ...boundaryNumbers,
  ...injections,
  'faults',
  'true',
  '1e999h',
  '1.5ms',
  `${'9'.repeat(400)}.${'9'.repeat(400)}h`,
  '{"mark":"x"}',
  nested,
  'mark:x',
  '-9223372036854775808',
];

/** A path with up to eight parameters, each of them strange; now and then all that there is. */
function target(random: Random): string {
  // An answer of two thousand traces has megabytes.
  if (random.chance(0.002)) return '/api/traces?service=faults&limit=2147483647&';
  const value = () => (random.chance(0.2) ? anyTarget(random) : random.pick(values));
  const parameters = Array.from({ length: random.between(0, 8) }, () => {
    const name = random.pick(names);
    return `${name}=${encodeURIComponent(value())}&`;
  });
  if (random.chance(0.3)) parameters.push('service=faults&limit=2&');
  const path = random.chance(0.2) ? `/api/traces/${anyTarget(random)}` : random.pick(paths);
  return `${path.replaceAll(/[?#]/g, '')}?${parameters.join('')}`;
}

const dialect: Dialect = {
  shares: { broken: 0.4, damaged: 0.4 },
  mostBefore: 5,
  wellFormed: (random, marker) => encodeDraft(getDraft(target(random), random, marker)),
  kept: (random, marker) => ({ ...oddGet(target(random), random, marker), traced: false }),
  broken(random, marker) {
    const inner = encodeDraft(getDraft('/api/services', random, marker)).toString('latin1');
    return random.chance(0.5)
      ? brokenGet(target(random), random, marker)
      : smuggleToTaker({ method: 'GET', path: '/api/services', inner }, random, marker);
  },
};

/** Before it are traces that nobody adds to, so that whatever is asked, no answer has a mark of a request in it. */
export const attackedQuery = (backend: Backend): Attacked => ({
  name: 'query',
  port: backend.ports.query,
  statuses,
  dialect,
  connections: 50,
  async canary() {
    const signal = AbortSignal.timeout(30_000);
    const { query, trace } = backend.ports;
    const answer = await fetch(`http://127.0.0.1:${query}/api/traces/${trace}`, { signal });
    const text = await answer.text();
    const isRight = answer.status === 200 && text.split(`"operationName":"work ${trace}"`).length === 4;
    return { text, wrong: isRight ? undefined : `${answer.status} ${text.slice(0, 200)}` };
  },
  processes: [backend],
  mostMemory: mostBackendMemory,
  // Of answers of megabytes the C library may keep what lies scattered.
  slack: 64,
});
