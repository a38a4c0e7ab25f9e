import type { RequestListener } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import test, { type ExecutionContext } from 'ava';
import { type Channel, channelLoader } from '../packages/runtime/src/channel.ts';
import { Delivery, type DeliveryLimits } from '../packages/runtime/src/delivery.ts';
import { configureLog } from '../packages/runtime/src/log.ts';
import { readConfig } from '../packages/runtime/src/settings.ts';
import { startTraceBackend } from '../packages/traced/src/dev/traces/backend.ts';
import { startOrigin } from './helpers/origin.ts';

const resource = resourceFromAttributes({ 'service.name': 'delivery', 'service.version': '1.2.3' });
const limits: DeliveryLimits = {
  batchSpans: 100,
  delayMs: 60_000,
  waitingSpans: Number.POSITIVE_INFINITY,
  waitingBytes: 1_000_000,
  firstPauseMs: 5,
  longestPauseMs: 20,
};

configureLog('error', {});

function spans(count: number): ReadableSpan[] {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
  });
  for (let index = 0; index < count; index++)
    provider.getTracer('test', '1').startSpan(`span ${index}`).end();
  return memory.getFinishedSpans();
}

function loaderFor(jaegerEndpoint: string): () => Promise<Channel> {
  const load = channelLoader({ ...readConfig({ OTEL_TRACES_EXPORTER: 'jaeger' }), jaegerEndpoint }, resource);
  if (load === undefined) throw new Error('a channel was expected');
  return load;
}

function end(delivery: Delivery, batch: readonly ReadableSpan[]): void {
  for (const span of batch) delivery.onEnd(span);
}

async function collector(t: ExecutionContext, listener: RequestListener) {
  const origin = await startOrigin(listener);
  t.teardown(origin.close);
  return new Delivery(loaderFor(`${origin.url}/api/traces`), limits);
}

/** Collects what a channel is told to send, and replies as it is told. */
function recorded(reply: (send: number) => Awaited<ReturnType<Channel['send']>>) {
  const sent: string[][] = [];
  let sends = 0;
  const channel: Channel<string[]> = {
    encode: batch => batch.map(({ name }) => name),
    size: names => names.length,
    async send(batches) {
      const answer = reply(++sends);
      if (answer.kind === 'taken') sent.push(batches.flat());
      return answer;
    },
    close: async () => undefined,
  };
  return { channel, sent, load: async () => channel as Channel };
}

const names = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `span ${from + index}`);

test('a batch arrives as one, its resource told once', async t => {
  const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
  t.teardown(backend.close);
  const delivery = new Delivery(loaderFor(`http://127.0.0.1:${backend.collectorPort}/api/traces`), limits);
  const batch = spans(300);
  end(delivery, batch);
  await delivery.forceFlush();
  t.like(delivery, { ended: 300, delivered: 300 });
  t.is(backend.store.counters.spans, 300);
  const trace = backend.store.trace(batch[0]?.spanContext().traceId ?? '');
  const [process] = Object.values(trace?.processes ?? {});
  t.is(process?.serviceName, 'delivery');
  t.deepEqual(process?.tags, [{ key: 'service.version', type: 'string', value: '1.2.3' }]);
  t.false(trace?.spans[0]?.tags.some(({ key }) => key.startsWith('service.')));
  await delivery.stop(1_000);
});

test('a collector that fails for a while gets the batch afterwards', async t => {
  let tries = 0;
  const delivery = await collector(t, (req, res) => {
    req.resume();
    res.writeHead(++tries < 5 ? 503 : 202).end();
  });
  end(delivery, spans(2));
  await delivery.forceFlush();
  t.is(tries, 5);
  t.is(delivery.delivered, 2);
});

test('a batch that the collector refuses for good is not sent again, and later ones are', async t => {
  let tries = 0;
  const delivery = await collector(t, (req, res) => {
    req.resume();
    res.writeHead(++tries === 1 ? 400 : 202).end();
  });
  end(delivery, spans(100));
  await delivery.forceFlush();
  t.is(tries, 1);
  end(delivery, spans(50));
  await delivery.forceFlush();
  t.is(tries, 2);
  t.like(delivery, { ended: 150, delivered: 50 });
});

test('nothing is sent to a collector before its Retry-After has passed', async t => {
  const times: number[] = [];
  const delivery = await collector(t, (req, res) => {
    req.resume();
    times.push(performance.now());
    res.writeHead(times.length === 1 ? 429 : 202, times.length === 1 ? { 'retry-after': '1' } : {}).end();
  });
  end(delivery, spans(2));
  await delivery.forceFlush();
  const [first = 0, second = 0] = times;
  t.true(second - first >= 1_000, `${second - first} ms`);
  t.is(delivery.delivered, 2);
});

test('batches wait for one another, and a flush for all of them', async t => {
  let running = 0;
  let most = 0;
  let batches = 0;
  const delivery = await collector(t, (req, res) => {
    most = Math.max(most, ++running);
    batches++;
    req.resume().on('end', () => setImmediate(() => res.writeHead(202).end(() => running--)));
  });
  end(delivery, spans(350));
  await delivery.forceFlush();
  t.is(delivery.delivered, 350);
  t.is(most, 1);
  // A batch is of whole pieces of 32.
  t.is(batches, 3);
});

test('a full batch leaves by itself, and less when its time has come', async t => {
  const { sent, load } = recorded(() => ({ kind: 'taken' }));
  const delivery = new Delivery(load, { ...limits, batchSpans: 64, delayMs: 200 });
  end(delivery, spans(80));
  await pause(50);
  t.deepEqual(sent, [names(0, 64)]);
  await pause(400);
  t.deepEqual(sent, [names(0, 64), names(64, 80)]);
});

test('while the collector is unavailable the oldest spans are dropped when the queue is full, except the batch being sent', async t => {
  const { promise: back, resolve: comeBack } = Promise.withResolvers<void>();
  const { channel, sent } = recorded(() => ({ kind: 'taken' }));
  const held: Channel<string[]> = {
    ...channel,
    send: async (batches, count) => {
      await back;
      return channel.send(batches, count);
    },
  };
  const delivery = new Delivery(async () => held as Channel, { ...limits, batchSpans: 32, waitingBytes: 96 });
  const all = spans(320);
  for (let from = 0; from < 320; from += 32) {
    end(delivery, all.slice(from, from + 32));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  comeBack();
  await delivery.forceFlush();
  t.deepEqual(sent, [names(0, 32), names(256, 288), names(288, 320)]);
  t.like(delivery, { ended: 320, delivered: 96 });
});

test('a bound in spans is kept too where it is asked for', async t => {
  const { sent, load } = recorded(send => (send < 3 ? { kind: 'again', reason: 'away' } : { kind: 'taken' }));
  const delivery = new Delivery(load, { ...limits, batchSpans: 32, waitingSpans: 64 });
  end(delivery, spans(320));
  await delivery.forceFlush();
  t.deepEqual(sent.flat(), names(256, 320));
});

test('of a batch that is taken in part, the rest is counted as dropped', async t => {
  const { load } = recorded(() => ({ kind: 'refused', reason: 'too old', spans: 3 }));
  const delivery = new Delivery(load, limits);
  end(delivery, spans(10));
  await delivery.forceFlush();
  t.like(delivery, { ended: 10, delivered: 7 });
});

test('stopping keeps to its time limit, though the collector never responds', async t => {
  const { promise: never } = Promise.withResolvers<never>();
  const { channel } = recorded(() => ({ kind: 'taken' }));
  const silent = { ...channel, send: () => never } as Channel;
  const delivery = new Delivery(async () => silent, limits);
  end(delivery, spans(5));
  const began = performance.now();
  await delivery.stop(100);
  t.true(performance.now() - began < 1_000);
  t.like(delivery, { ended: 5, delivered: 0 });
});

test('a pause after a failure ends when the process does', async t => {
  const { load, sent } = recorded(send =>
    send === 1 ? { kind: 'again', reason: 'away' } : { kind: 'taken' },
  );
  const delivery = new Delivery(load, { ...limits, firstPauseMs: 60_000, longestPauseMs: 60_000 });
  end(delivery, spans(100));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  await delivery.stop(5_000);
  t.deepEqual(sent, [names(0, 100)]);
});

test('an exporter that cannot be loaded costs its spans and nothing else', async t => {
  const delivery = new Delivery(async () => {
    throw new Error('no such exporter');
  }, limits);
  end(delivery, spans(3));
  await delivery.forceFlush();
  t.like(delivery, { ended: 3, delivered: 0 });
});

test('a span that cannot be encoded costs no others', async t => {
  const { channel, sent } = recorded(() => ({ kind: 'taken' }));
  let encoded = 0;
  const fragile: Channel<string[]> = {
    ...channel,
    encode(batch) {
      if (encoded++ === 0) throw new Error('what is this?');
      return channel.encode(batch);
    },
  };
  const delivery = new Delivery(async () => fragile as Channel, limits);
  end(delivery, spans(64));
  await delivery.forceFlush();
  t.deepEqual(sent, [names(32, 64)]);
});

test('what is not sampled is not sent', async t => {
  const { sent, load } = recorded(() => ({ kind: 'taken' }));
  const delivery = new Delivery(load, limits);
  const [span] = spans(1);
  const context = { ...span?.spanContext(), traceFlags: TraceFlags.NONE };
  delivery.onEnd(Object.create(span as object, { spanContext: { value: () => context } }));
  await delivery.forceFlush();
  t.deepEqual(sent, []);
  t.is(delivery.ended, 0);
});

test('the setting none means that nothing is exported', t => {
  t.is(
    channelLoader({ ...readConfig({ FUNCTION_TARGET: 'root' }), tracesExporter: 'none' }, resource),
    undefined,
  );
});
