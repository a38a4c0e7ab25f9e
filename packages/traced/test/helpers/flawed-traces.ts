/** Random traces full of what rules look for, in any mixture, for properties that must hold of all findings. */
import fc from 'fast-check';
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { drawnAt } from './timeline.ts';

type Tags = Record<string, string | number | boolean>;

const server = { 'span.kind': 'server' };
const client = { 'span.kind': 'client' };
const http = { ...client, 'http.request.method': 'GET', 'url.full': 'http://page.example/a' };
const redis = { ...client, 'db.system.name': 'redis', 'server.address': 'cache' };

/** Names and tags; several alike, so that some are done again and again. */
const sorts: [name: string, tags: Tags][] = [
  ['GET /', server],
  ['GET /', { ...server, 'faas.coldstart': false }],
  ['GET /', { ...server, 'faas.coldstart': true }],
  ['work', {}],
  ['work', {}],
  ['item', {}],
  ['set', redis],
  ['set', redis],
  ['redis connect', redis],
  ['GET', http],
  ['GET', { ...http, 'http.response.status_code': 503 }],
  ['GET', { ...http, 'http.response.status_code': 404 }],
  ['GET', { ...http, 'http.response.status_code': 200, 'http.response.header.cache-control': 'max-age=60' }],
  ['GET', { ...http, 'http.response.status_code': 200, 'http.client.connection.reused': false }],
  ['POST', { ...http, 'http.request.method': 'POST' }],
  ['SELECT shop', { 'db.type': 'sql', 'db.statement': 'SELECT * FROM a WHERE id = 17' }],
  ['publish', { 'span.kind': 'producer' }],
  ['take', { 'span.kind': 'consumer' }],
  ['activator GET', server],
  ['throttler_try', {}],
  ['kn.queueproxy.proxy', {}],
  ['kn.queueproxy.wait', {}],
  ['cold start', {}],
];

const sketch = fc.record({
  parent: fc.nat(),
  /** How many alike follow one another. */
  times: fc.constantFrom(1, 1, 1, 2, 3, 6, 9),
  sort: fc.constantFrom(...sorts),
  failed: fc.constantFrom(false, false, false, 'ECONNREFUSED', 'boom'),
  lost: fc.constantFrom(...Array.from({ length: 30 }, (_, i) => i === 0)),
  follows: fc.constantFrom(false, false, false, false, true),
  process: fc.nat(3),
  /** µs after the sibling before it, or, below none, after the parent's start. */
  wait: fc.constantFrom(0, 0, 20, 300, 2_000, 8_000, 150_000, 600_000, -400, -30_000),
  length: fc.constantFrom(0, 1, 90, 700, 1_500, 5_000, 40_000, 210_000, 900_000, 4_000_000),
});

/** A trace of up to a hundred spans. */
export const flawedTrace: fc.Arbitrary<JaegerTrace> = fc
  .array(sketch, { minLength: 1, maxLength: 20 })
  .map(sketches => {
    const spans: JaegerSpan[] = [];
    const reached = new Map<JaegerSpan, number>();
    for (const { parent, times, sort, failed, lost, follows, process, wait, length } of sketches) {
      const above = spans[parent % Math.max(1, spans.length)];
      for (let i = 0; i < (above === undefined ? 1 : times); i++) {
        const from = above === undefined ? drawnAt : (reached.get(above) ?? above.startTime);
        const [name, tags] = sort;
        const failure: Tags = failed === false ? {} : { error: true, 'error.message': failed };
        const made: JaegerSpan = {
          traceID: 't',
          spanID: `s${spans.length}`,
          operationName: name,
          references:
            above === undefined
              ? []
              : [
                  {
                    refType: follows ? 'FOLLOWS_FROM' : 'CHILD_OF',
                    traceID: 't',
                    spanID: lost ? 'gone' : above.spanID,
                  },
                ],
          startTime: from + wait,
          duration: length,
          tags: Object.entries({ ...tags, ...failure }).map(toTag),
          logs: [],
          processID: `p${process}`,
          warnings: null,
        };
        spans.push(made);
        if (above !== undefined) {
          reached.set(above, from + wait + length);
          // Most parents last as long as what they wait for.
          if (process > 0)
            above.duration = Math.max(above.duration, from + wait + length - above.startTime + 50);
        }
      }
    }
    const names = ['edge', 'edge', 'cart', 'stock'];
    const processes = Object.fromEntries(names.map((serviceName, i) => [`p${i}`, { serviceName, tags: [] }]));
    return { traceID: 't', spans, processes, warnings: null };
  });

function toTag([key, value]: [string, Tags[string]]): JaegerTag {
  const type = typeof value === 'string' ? 'string' : typeof value === 'number' ? 'int64' : 'bool';
  return { key, type, value };
}
