/** What looks like a flaw and is none, as steps of a plan. */
import { between, ms, query } from './healthy-plans.ts';
import type { Endpoint, Random, Step, Tags } from './systems.ts';

const http = (path: string, status = 200, method = 'GET'): Tags => ({
  'http.request.method': method,
  'url.full': `https://api.example${path}`,
  'server.address': 'api.example',
  'http.response.status_code': status,
});
const client = (name: string, time: number, tags: Tags, steps?: Step[]): Step => ({
  does: 'span',
  name,
  kind: 'client',
  ms: time,
  tags,
  ...(steps === undefined ? {} : { steps }),
});
const endpoint = (service: string, time: number, name = `GET /${service}`, tags: Tags = {}): Endpoint => ({
  service,
  name,
  tags,
  steps: [{ does: 'work', ms: time }],
});
const id = (random: Random): number => between(random, 10_000, 99_999);
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

export const oddities: Record<string, (random: Random) => Step[]> = {
  'a chain of calls, each for an id that only the answer before it has': random => [
    { does: 'call', to: endpoint('session', 8), path: '/session' },
    { does: 'call', to: endpoint('account', 12), path: `/account/${id(random)}` },
    { does: 'call', to: endpoint('contract', 9), path: `/contract/${id(random)}` },
    { does: 'call', to: endpoint('invoice', 15), path: `/invoice/${id(random)}` },
  ],
  'a purchase: writes in an order that matters': () => [
    { does: 'call', to: endpoint('basket', 8), path: '/basket' },
    { does: 'call', to: endpoint('payment', 30, 'POST /payment'), path: '/payment', method: 'POST' },
    { does: 'call', to: endpoint('shipping', 12, 'POST /shipping'), path: '/shipping', method: 'POST' },
    { does: 'call', to: endpoint('mail', 10, 'POST /mail'), path: '/mail', method: 'POST' },
  ],
  'calls with long work on the answer between them': random =>
    ['user', 'price', 'stock', 'offer'].flatMap((name): Step[] => [
      { does: 'call', to: endpoint(name, 6), path: `/${name}` },
      { does: 'work', ms: ms(random, 8, 30) },
    ]),
  // Which values the query has, the trace does not say; where it does, and they differ, it is a loop over items.
  'the same query with long work on each answer': () =>
    times(8, (): Step[] => [
      client('SELECT shop', 0.4, {
        'db.system.name': 'postgresql',
        'db.query.text': 'SELECT * FROM chunks WHERE id = ?',
      }),
      { does: 'work', ms: 15 },
    ]).flat(),
  'five queries of one name that ask five things': random =>
    ['users', 'carts', 'prices', 'stocks', 'offers', 'coupons'].map(table =>
      query(random, table, 'SELECT', 3),
    ),
  'commands in a pipeline': random => [
    {
      does: 'at once',
      steps: times(53, i =>
        client('set', ms(random, 0.5, 2), { 'db.system.name': 'redis', 'db.query.text': `set key:${i} ?` }),
      ),
    },
  ],
  'a service that computes': random => [
    { does: 'call', to: endpoint('ranking', ms(random, 80, 100)), path: '/ranking' },
    { does: 'call', to: endpoint('layout', ms(random, 80, 100)), path: '/layout' },
  ],
  'misses of a cache that are answered with 404': random => [
    client('GET', 2, { ...http(`/cache/${id(random)}`, 404), error: true }),
    client('GET', 30, http('/origin')),
    client('PUT', 2, http(`/cache/${id(random)}`, 201, 'PUT')),
  ],
  'looked up, created, and looked up again': random => {
    const path = `/things/${id(random)}`;
    return [
      client('GET', 5, { ...http(path, 404), error: true }),
      client('POST', 8, http('/things', 201, 'POST')),
      client('GET', 5, http(path)),
    ];
  },
  'a pool of connections that grows': () => [
    {
      does: 'sometimes',
      chance: 0.2,
      steps: [
        client('pg-pool.connect', 12, { 'db.system.name': 'postgresql', 'server.address': 'db' }, [
          client('pg.connect', 11, { 'db.system.name': 'postgresql', 'server.address': 'db' }),
        ]),
      ],
    },
    client('SELECT shop', 3, { 'db.system.name': 'postgresql', 'db.query.text': 'SELECT 1' }),
  ],
  'a pool of connections with none free for a moment': () => [
    client('pg-pool.connect', 8, { 'db.system.name': 'postgresql', 'server.address': 'db' }),
    client('SELECT shop', 3, { 'db.system.name': 'postgresql', 'db.query.text': 'SELECT 1' }),
  ],
  'a transaction': random => [
    client('BEGIN', 0.4, { 'db.system.name': 'postgresql', 'db.query.text': 'BEGIN' }),
    query(random, 'orders', 'INSERT', 3),
    query(random, 'items', 'INSERT', 3),
    query(random, 'stock', 'UPDATE', 3),
    client('COMMIT', 2, { 'db.system.name': 'postgresql', 'db.query.text': 'COMMIT' }),
  ],
  'a sidecar and a gateway in front': random => [
    client('GET', 0.2, http('/'), [
      {
        does: 'call',
        to: {
          service: 'envoy',
          name: 'ingress',
          steps: [
            { does: 'work', ms: ms(random, 0.5, 3) },
            { does: 'call', to: endpoint('behind', 20), path: '/behind' },
          ],
        },
        path: '/behind',
      },
    ]),
  ],
  'a warm function behind Knative': random => [
    {
      does: 'call',
      path: '/warm',
      to: {
        service: 'activator',
        name: 'activator GET',
        steps: [
          { does: 'span', name: 'throttler_try', ms: ms(random, 0.1, 3) },
          {
            does: 'span',
            name: 'activator_proxy',
            kind: 'client',
            steps: [
              {
                does: 'call',
                path: '/',
                to: {
                  service: 'warm',
                  name: 'kn.queueproxy.proxy',
                  steps: [
                    {
                      does: 'call',
                      path: '/',
                      to: endpoint('warm-fn', 15, 'GET /', { 'faas.coldstart': false }),
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    },
  ],
  'a fan-out as wide as its work': random => [
    {
      does: 'at once',
      steps: times(8, i => ({ does: 'call', to: endpoint('shard', 20), path: `/shard/${i}` }) as Step),
    },
    { does: 'work', ms: ms(random, 1, 4) },
  ],
  'two fan-outs with work between them': () => [
    {
      does: 'at once',
      steps: times(4, i => ({ does: 'call', to: endpoint('shard', 10), path: `/shard/${i}` }) as Step),
    },
    { does: 'work', ms: 12 },
    {
      does: 'at once',
      steps: times(4, i => ({ does: 'call', to: endpoint('shard', 10), path: `/shard/${i}` }) as Step),
    },
    { does: 'work', ms: 12 },
    {
      does: 'at once',
      steps: times(4, i => ({ does: 'call', to: endpoint('shard', 10), path: `/shard/${i}` }) as Step),
    },
  ],
  'a job that is asked for until it is done': random => {
    const path = `/jobs/${id(random)}`;
    return times(6, (): Step[] => [client('GET', 4, http(path)), { does: 'work', ms: 30 }]).flat();
  },
  'a message that another service takes much later': () => [
    { does: 'later', step: { does: 'span', name: 'orders publish', kind: 'producer', ms: 1, steps: [] } },
  ],
};
