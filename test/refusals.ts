import type { RequestListener } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
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

import { readConfig } from '../packages/runtime/src/settings.ts';
import { ask } from './helpers/functions.ts';
import { logLines } from './helpers/log-lines.ts';
import { startOrigin } from './helpers/origin.ts';
import { startFunctionProcess } from './helpers/process.ts';

const resource = resourceFromAttributes({ 'service.name': 'refusals' });
const limits: DeliveryLimits = {
  batchSpans: 512,
  delayMs: 60_000,
  waitingSpans: Number.POSITIVE_INFINITY,
  waitingBytes: 1_000_000,
  firstPauseMs: 2,
  longestPauseMs: 10,
};

function spans(count: number): ReadableSpan[] {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
  });
  for (let index = 0; index < count; index++) provider.getTracer('test').startSpan(`span ${index}`).end();
  return memory.getFinishedSpans();
}

/** What goes to a server that responds as it is told, by either exporter. */
async function deliveryTo(t: ExecutionContext, exporter: 'jaeger' | 'otlp', listener: RequestListener) {
  const origin = await startOrigin(listener);
  t.teardown(origin.close);
  const endpoint = `${origin.url}/v1/traces`;
  const config = readConfig({ OTEL_TRACES_EXPORTER: exporter, OTEL_EXPORTER_JAEGER_ENDPOINT: endpoint });
  process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] = endpoint;
  const load = channelLoader(config, resource) as () => Promise<Channel>;
  const channel = await load();
  return { delivery: new Delivery(async () => channel, limits), origin, lines: logLines(t) };
}

function end(delivery: Delivery, count: number): void {
  for (const span of spans(count)) delivery.onEnd(span);
}

const waiting = 'the collector takes no spans: they wait';
const aboutTheRoute = [301, 302, 307, 401, 403, 404, 405, 407, 410, 421, 451, 429, 408, 501, 503, 511, 520];

for (const exporter of ['jaeger', 'otlp'] as const) {
  for (const status of aboutTheRoute) {
    test.serial(`a collector that answers ${status} for a while loses no span (${exporter})`, async t => {
      let tries = 0;
      const { delivery, lines } = await deliveryTo(t, exporter, (req, res) => {
        const isOut = ++tries > 1 && tries < 5;
        req.resume().on('end', () => res.writeHead(isOut ? status : 200).end());
      });
      end(delivery, 3);
      await delivery.forceFlush();
      end(delivery, 40);
      await delivery.forceFlush();
      t.like(delivery, { ended: 43, delivered: 43 });
      const warnings = lines.filter(({ message }) => message === waiting);
      t.is(warnings.length, 1);
      t.regex(String(warnings[0]?.['reason']), new RegExp(`^the collector responded with ${status}\\b`));
    });
  }

  test.serial(
    `an endpoint that answers 404 from the start is named, retried and bounded (${exporter})`,
    async t => {
      let isOut = true;
      const { delivery, lines } = await deliveryTo(t, exporter, (req, res) => {
        req.resume().on('end', () => res.writeHead(isOut ? 404 : 200).end());
      });
      end(delivery, 10);
      await delivery.forceFlush(100);
      t.regex(String(lines[0]?.['reason']), /^the collector responded with 404: check the endpoint/);
      isOut = false;
      await delivery.forceFlush();
      t.like(delivery, { ended: 10, delivered: 10 });
    },
  );

  test.serial(`404 for ever ends within the limit, and what is lost is counted (${exporter})`, async t => {
    const { delivery, lines } = await deliveryTo(t, exporter, (req, res) => {
      req.resume().on('end', () => res.writeHead(404).end());
    });
    end(delivery, 70);
    const began = performance.now();
    await delivery.stop(300);
    t.true(performance.now() - began < 1_500);
    t.like(delivery, { ended: 70, delivered: 0 });
    t.is(lines.find(({ message }) => message === 'spans dropped')?.['count'], 70);
  });

  for (const status of [400, 415, 422]) {
    test.serial(`${status} is about the batch, which is not sent again (${exporter})`, async t => {
      let tries = 0;
      const { delivery } = await deliveryTo(t, exporter, (req, res) => {
        req.resume().on('end', () => res.writeHead(++tries === 1 ? status : 200).end());
      });
      end(delivery, 5);
      await delivery.forceFlush();
      end(delivery, 7);
      await delivery.forceFlush();
      t.is(tries, 2);
      t.like(delivery, { ended: 12, delivered: 7 });
    });
  }

  test.serial(`a batch that is too large is sent in halves (${exporter})`, async t => {
    let bytes = 0;
    const { delivery } = await deliveryTo(t, exporter, (req, res) => {
      const length = Number(req.headers['content-length']);
      req.resume().on('end', () => res.writeHead(length > 10_000 ? 413 : 200).end());
      bytes = Math.max(bytes, length);
    });
    end(delivery, 500);
    await delivery.forceFlush();
    t.true(bytes > 20_000);
    t.like(delivery, { ended: 500, delivered: 500 });
  });

  test.serial(`what is too large in the smallest batch is dropped (${exporter})`, async t => {
    let tries = 0;
    const { delivery, lines } = await deliveryTo(t, exporter, (req, res) => {
      tries++;
      req.resume().on('end', () => res.writeHead(413).end());
    });
    end(delivery, 128);
    await delivery.forceFlush();
    t.true(tries < 10, `${tries} tries`);
    await delivery.stop(100);
    t.is(lines.find(({ reason }) => reason === 'the collector responded with 413')?.['count'], 128);
  });

  test.serial(`a redirect is not followed, and the log says so (${exporter})`, async t => {
    const paths = new Set<string>();
    const { delivery, lines } = await deliveryTo(t, exporter, (req, res) => {
      paths.add(req.url ?? '');
      req
        .resume()
        .on('end', () => res.writeHead(302, { location: 'http://me:pw@127.0.0.1:1/login?t=1' }).end());
    });
    end(delivery, 1);
    await delivery.stop(100);
    t.deepEqual([...paths], ['/v1/traces']);
    t.regex(String(lines[0]?.['reason']), /302: redirects are not followed; check the endpoint/);
  });

  test.serial(`101, which has no response, is tried again (${exporter})`, async t => {
    let tries = 0;
    const { delivery } = await deliveryTo(t, exporter, (req, res) => {
      const isOdd = ++tries === 1;
      req.resume().on('end', () => {
        if (isOdd)
          req.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
        else res.writeHead(200).end();
      });
    });
    end(delivery, 2);
    await delivery.forceFlush(5_000);
    t.like(delivery, { ended: 2, delivered: 2 });
  });
}

test.serial('500 to OTLP is about the batch, to Jaeger it is not', async t => {
  for (const [exporter, delivered] of [
    ['otlp', 0],
    ['jaeger', 3],
  ] as const) {
    let tries = 0;
    const { delivery } = await deliveryTo(t, exporter, (req, res) => {
      req.resume().on('end', () => res.writeHead(++tries === 1 ? 500 : 200).end());
    });
    end(delivery, 3);
    await delivery.forceFlush();
    t.is(delivery.delivered, delivered, exporter);
  }
});

test.serial('a batch that is too large is halved though its pieces differ in size', async t => {
  const sizes = [3, 32, 32, 1, 32];
  const sent: number[] = [];
  let tries = 0;
  const channel: Channel<number> = {
    encode: batch => batch.length,
    size: count => count,
    async send(counts) {
      const reason = tries++ === 0 ? 'away' : 'too large';
      if (tries > 100) return { kind: 'refused', reason: 'no end' };
      if (tries < 8) return { kind: 'again', reason };
      if (counts.length > 1) return { kind: 'too-large', reason };
      sent.push(...counts);
      return { kind: 'taken' };
    },
    close: async () => undefined,
  };
  const delivery = new Delivery(async () => channel as Channel, {
    ...limits,
    firstPauseMs: 20,
    longestPauseMs: 20,
  });
  for (const size of sizes) {
    end(delivery, size);
    void delivery.forceFlush(20);
    await pause(25);
  }
  await delivery.forceFlush(5_000);
  t.true(tries < 30, `${tries} tries`);
  t.is(delivery.delivered, 100);
});

for (const batchSpans of [0, -1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
  test.serial(`with batches of ${batchSpans} spans every batch still has one`, async t => {
    const sent: number[] = [];
    const channel: Channel<number> = {
      encode: batch => batch.length,
      size: count => count,
      async send(counts) {
        sent.push(counts.reduce((sum, count) => sum + count, 0));
        return { kind: 'taken' };
      },
      close: async () => undefined,
    };
    const delivery = new Delivery(async () => channel as Channel, { ...limits, batchSpans });
    end(delivery, 40);
    await delivery.stop(2_000);
    t.is(delivery.delivered, 40);
    t.true(sent.length <= 2 && sent.every(count => count > 0), String(sent));
  });
}

test.serial('a full queue leaves at once, though it is less than a batch', async t => {
  const { promise: sent, resolve } = Promise.withResolvers<number>();
  const channel: Channel<number> = {
    encode: batch => batch.length,
    size: () => 1,
    async send(counts) {
      resolve(counts.reduce((sum, count) => sum + count, 0));
      return { kind: 'taken' };
    },
    close: async () => undefined,
  };
  const delivery = new Delivery(async () => channel as Channel, { ...limits, waitingSpans: 40 });
  end(delivery, 40);
  t.is(await sent, 40);
});

test.serial('a queue of less than a piece keeps most of what it may', async t => {
  const { delivery } = await deliveryTo(t, 'jaeger', (req, res) => {
    req.resume().on('end', () => res.writeHead(200).end());
  });
  await delivery.stop(0);
  const small = new Delivery(
    async () => ({
      encode: batch => batch.length,
      size: () => 1,
      send: async () => ({ kind: 'taken' }),
      close: async () => undefined,
    }),
    { ...limits, waitingSpans: 10 },
  );
  end(small, 45);
  await small.stop(1_000);
  t.true(small.delivered > 6 && small.delivered <= 10, String(small.delivered));
});

// Those that cannot be used are in otel-settings.ts.
test.serial(
  'an empty OTEL_BSP_MAX_EXPORT_BATCH_SIZE is unset: the span is sent and SIGTERM ends the process',
  async t => {
    let posts = 0;
    const origin = await startOrigin((req, res) => {
      posts++;
      req.resume().on('end', () => res.writeHead(202).end());
    });
    t.teardown(origin.close);
    const root = await startFunctionProcess('root', {
      OTEL_TRACES_EXPORTER: 'jaeger',
      OTEL_EXPORTER_JAEGER_ENDPOINT: `${origin.url}/api/traces`,
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '',
    });
    await ask(root.url);
    root.child.kill('SIGTERM');
    t.is((await root.exit).code, 0);
    t.true(posts >= 1 && posts < 10, `${posts} posts`);
    t.like(root.log.at(-1), { message: 'stopped', spans_dropped: 0 });
  },
);
