import http from 'node:http';
import test from 'ava';
import fc from 'fast-check';
import { ask, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';

await startRuntime();
const root = await serveFunction('root');
const agent = new http.Agent({ keepAlive: true });
test.after.always(async () => {
  agent.destroy();
  await root.close();
});

/** A request by node:http, which sends header values that fetch would refuse. */
function send(headers: http.OutgoingHttpHeaders): Promise<{ status: number; traceId: string }> {
  return new Promise((resolve, reject) => {
    const req = http.get(root.url, { agent, headers }, res => {
      res.resume();
      const traceId = String(res.headers['traceresponse']).split('-')[1] ?? '';
      res.on('end', () => resolve({ status: res.statusCode ?? 0, traceId }));
    });
    req.on('error', reject);
  });
}

const hex = (length: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter(id => !/^0+$/.test(id));

test('a valid traceparent is the trace that goes on', async t => {
  await fc.assert(
    fc.asyncProperty(hex(32), hex(16), async (traceId, spanId) => {
      const reply = await ask(root.url, { headers: { traceparent: `00-${traceId}-${spanId}-01` } });
      t.is(reply.traceId, traceId);
      const spans = await spansOf(traceId);
      t.is(spanNamed(t, spans, 'GET /').parentSpanContext?.spanId, spanId);
    }),
    { numRuns: 50 },
  );
});

test('a malformed traceparent starts a new trace and is no error', async t => {
  const wellFormed = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
  const odd = fc.oneof(
    fc.stringMatching(/^[!-~]{1,80}$/),
    fc.constantFrom(
      `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
      `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`,
      `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
      `00-${'A'.repeat(32)}-${'1'.repeat(16)}-01`,
      `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01-extra`,
      `00-${'1'.repeat(32)}-${'1'.repeat(16)}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      odd.filter(value => !wellFormed.test(value) || (value.startsWith('00-') && value.length > 55)),
      async traceparent => {
        const { status, traceId } = await send({ traceparent, connection: 'close' });
        t.is(status, 200);
        t.regex(traceId, /^[0-9a-f]{32}$/);
        t.false(traceparent.includes(traceId));
      },
    ),
    { numRuns: 100 },
  );
});

test('tracestate and baggage of any content are no error', async t => {
  const printable = fc.stringMatching(/^[ -~]{0,200}$/);
  await fc.assert(
    fc.asyncProperty(printable, printable, async (tracestate, baggage) => {
      const traceparent = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`;
      t.is((await send({ traceparent, tracestate, baggage })).status, 200);
    }),
    { numRuns: 50 },
  );
});

test('a trace that its caller does not sample is not sampled here', async t => {
  const traceId = '2af7651916cd43dd8448eb211c80319c';
  const reply = await ask(root.url, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-00` } });
  t.regex(reply.headers.get('traceresponse') ?? '', new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
});
