/** One flaw at a time, as steps that a plan of a healthy system gets besides its own. */
import type { FindingKind } from '../../src/diagnosis/findings.ts';
import { between, ms, query } from './healthy-plans.ts';
import type { Endpoint, Random, Step, Tags } from './systems.ts';

export interface Flaw {
  kind: FindingKind;
  /** The service at which it must be found, where it is not the one that has the steps. */
  service?: string;
  steps(random: Random): Step[];
  /** What other requests do instead, where it shows beside them only. */
  without?: Step[];
  /** It shows where several requests are read together only. */
  inSets?: true;
}

const client = (name: string, time: number, tags: Tags, steps?: Step[]): Step => ({
  does: 'span',
  name,
  kind: 'client',
  ms: time,
  tags,
  ...(steps === undefined ? {} : { steps }),
});
const redis = (command: string): Tags => ({
  'db.system.name': 'redis',
  'db.query.text': command,
  'server.address': 'cache',
});
const http = (path: string, tags: Tags = {}): Tags => ({
  'http.request.method': 'GET',
  'url.full': `https://api.example${path}`,
  'server.address': 'api.example',
  ...tags,
});
const ok = { 'http.response.status_code': 200 };
const endpoint = (service: string, time: number, tags: Tags = {}, steps: Step[] = []): Endpoint => ({
  service,
  name: `GET /${service}`,
  tags,
  steps: [{ does: 'work', ms: time }, ...steps],
});
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const failing = (service: string, time: number, steps: Step[] = []): Endpoint =>
  endpoint(service, time, { 'http.response.status_code': 503, error: true }, steps);
const call = (to: Endpoint, path = `/${to.service}`): Step => ({ does: 'call', to, path });

export const flaws: Record<string, Flaw> = {
  'one of many pieces stands still': {
    kind: 'stall',
    steps: random => [
      { does: 'pieces', name: 'piece', times: between(random, 4, 20), ms: 1 },
      { does: 'span', name: 'piece', ms: ms(random, 400, 3_000) },
      { does: 'pieces', name: 'piece', times: between(random, 4, 20), ms: 1 },
    ],
  },
  'work that stands still in one request': {
    kind: 'stall',
    without: [{ does: 'span', name: 'merge', ms: 2 }],
    steps: random => [{ does: 'span', name: 'merge', ms: ms(random, 400, 3_000) }],
  },
  'queries one by one': {
    kind: 'one-by-one',
    steps: random => times(between(random, 8, 40), () => query(random, 'items', 'SELECT', 2)),
  },
  'commands one by one': {
    kind: 'one-by-one',
    steps: random => times(between(random, 20, 60), i => client('set', 0.4, redis(`set item:${i} ?`))),
  },
  'queries one by one, each in a span of its own': {
    kind: 'one-by-one',
    steps: random =>
      times(
        between(random, 8, 30),
        (): Step => ({ does: 'span', name: 'loadItem', steps: [query(random, 'items', 'SELECT', 2)] }),
      ),
  },
  'two commands for each of many items': {
    kind: 'one-by-one',
    steps: random =>
      times(between(random, 15, 40), i => [
        client('get', 0.5, redis(`get item:${i}`)),
        client('set', 0.5, redis(`set seen:${i} 1`)),
      ]).flat(),
  },
  'two commands for each of many items, in a span of its own': {
    kind: 'one-by-one',
    steps: random =>
      times(
        between(random, 15, 40),
        (i): Step => ({
          does: 'span',
          name: 'item',
          steps: [client('get', 0.5, redis(`get item:${i}`)), client('set', 0.5, redis(`set seen:${i} 1`))],
        }),
      ),
  },
  'calls for one item after the other': {
    kind: 'one-by-one',
    steps: random => times(between(random, 6, 20), i => call(endpoint('item', 5), `/item/${i}`)),
  },
  'calls in a row': {
    kind: 'serial-calls',
    steps: random =>
      ['weather', 'news', 'stocks', 'sports', 'traffic']
        .slice(0, between(random, 3, 5))
        .map(name => call(endpoint(name, 20))),
  },
  'calls of pages in a row': {
    kind: 'serial-calls',
    steps: random =>
      ['a', 'b', 'c', 'd']
        .slice(0, between(random, 3, 4))
        .map(name => client('GET', 30, http(`/${name}`, ok))),
  },
  'the same cacheable page twice': {
    kind: 'no-reuse',
    steps: () =>
      times(2, () =>
        client('GET', 40, http('/news', { ...ok, 'http.response.header.cache-control': 'max-age=60' })),
      ),
  },
  'a cacheable page in every request': {
    kind: 'no-reuse',
    inSets: true,
    steps: () => [
      client('GET', 40, http('/news', { ...ok, 'http.response.header.cache-control': 'public, max-age=60' })),
    ],
  },
  'a connection in every request': {
    kind: 'no-reuse',
    inSets: true,
    steps: () => [
      client('tcp.connect', 8, { 'server.address': 'cache' }),
      client('get', 0.5, redis('get a')),
    ],
  },
  'an address that does not answer, before one that does': {
    kind: 'unreachable',
    steps: random => [
      client('redis connect', ms(random, 200, 2_000), {
        'server.address': 'old',
        error: true,
        'error.type': 'ETIMEDOUT',
      }),
      client('get', 0.5, redis('get a')),
    ],
  },
  'a page that refuses connections': {
    kind: 'unreachable',
    steps: () => [
      client('GET', 30, http('/gone', { error: true, 'error.message': 'connect ECONNREFUSED 10.0.0.7:443' })),
    ],
  },
  'a call that fails and is made again': {
    kind: 'retries',
    steps: random => [
      call(failing('flaky', 30), '/flaky'),
      { does: 'work', ms: ms(random, 20, 400) },
      call(endpoint('flaky', 5), '/flaky'),
    ],
  },
  'a page that times out and is asked again': {
    kind: 'retries',
    steps: () => [
      client('GET', 300, http('/slow', { error: true, 'error.type': 'timeout' })),
      client('GET', 30, http('/slow', ok)),
    ],
  },
  'a failure deep down': {
    kind: 'error',
    service: 'deepest',
    steps: () => [call(failing('middle', 2, [call(failing('deepest', 1))]))],
  },
  'a query that takes long': {
    kind: 'slow-dependency',
    steps: random => [query(random, 'orders', 'SELECT', ms(random, 800, 3_000))],
  },
  'a page that takes long in one request': {
    kind: 'slow-dependency',
    without: [client('GET', 20, http('/page', ok))],
    steps: () => [client('GET', 500, http('/page', ok))],
  },
  'work in no span': { kind: 'gap', steps: random => [{ does: 'work', ms: ms(random, 400, 2_000) }] },
};
