import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Collector } from '../bench/collector.ts';
import { firstAnswer } from '../bench/first-answer.ts';
import { takeQuota } from '../bench/quota.ts';
import { inTurns } from '../bench/rounds.ts';
import { startServer } from '../bench/server.ts';
import { steadyLoad } from '../bench/steady-load.ts';
import { bundleVariant } from '../bench/variants.ts';
import { Bundles } from './helpers/bundles.ts';

const get = { method: 'GET', path: '/' };

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, port, close };
}

test('a steady load waits for no answer before it sends the next request', async t => {
  let open = 0;
  let most = 0;
  const server = await serve((_req, res) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      res.end('late');
    }, 200);
  });
  const { sent, answered, failed, latencies } = await steadyLoad(server.url, 100, 0.2);
  server.close();
  t.like({ sent, answered, failed }, { sent: 20, answered: 20, failed: 0 });
  t.true(most >= 10, `${most} at a time`);
  t.true((latencies[0] ?? 0) >= 199 && (latencies[0] ?? 0) <= (latencies.at(-1) ?? 0));
});

test('a steady load counts what fails: another status, an answer that is cut off, nobody there', async t => {
  const server = await serve((req, res) => {
    if (req.url === '/0') res.writeHead(500).end();
    else if (req.url === '/1') res.writeHead(200, { 'content-length': 9 }).write('half', () => res.destroy());
    else res.end();
  });
  const mixed = await steadyLoad(index => `${server.url}${index % 3}`, 1_000, 0.03);
  server.close();
  t.like(mixed, { sent: 30, answered: 10, failed: 20 });
  t.like(await steadyLoad(server.url, 1_000, 0.01), { sent: 10, answered: 0, failed: 10 });
});

test('the first answer is waited for, and must be a 200', async t => {
  const gone = await serve(() => undefined);
  gone.close();
  await t.throwsAsync(firstAnswer(gone.port, get, AbortSignal.timeout(50)), { name: 'TimeoutError' });
  const server = await serve((_req, res) => res.writeHead(503).end());
  await t.throwsAsync(firstAnswer(server.port, get, AbortSignal.timeout(5_000)), { message: /503/ });
  server.close();
});

test('a server that ends before it answers is an error that says how', async t => {
  const variant = { args: ['-e', 'process.exit(3)'], cwd: '.', env: {} };
  await t.throwsAsync(startServer(variant, undefined), { message: 'the server ended with exit status 3' });
});

test('where no cgroup can be made, a quarter of a core is given by signals', async t => {
  const quota = takeQuota(0.25, '/nonexistent');
  t.is(quota.description, 'SIGSTOP and SIGCONT, 25 of each 100 ms');
  const source = `const { createServer } = require('node:http');
    const until = performance.now() + 200;
    while (performance.now() < until);
    createServer((req, res) => res.end(String(process.cpuUsage().user))).listen(process.env.PORT);`;
  const server = await startServer({ args: ['-e', source], cwd: '.', env: {} }, undefined, { quota });
  const usedMs = Number(await (await fetch(server.url)).text()) / 1_000;
  await server.kill();
  t.true(usedMs < server.startMs / 2, `${usedMs} of ${server.startMs} ms`);
});

test('a real pair: ours and plain node:http start, answer and are told apart by the traces that come', async t => {
  t.timeout(120_000);
  const bundles = new Bundles();
  await bundles.make('root');
  const collector = await Collector.start(undefined);
  const cwd = fileURLToPath(new URL('../bench/baselines', import.meta.url));
  const variants = {
    plain: { args: ['plain.js'], cwd, env: {} },
    jaeger: bundleVariant('jaeger', 'root', { bundles: bundles.folder, ...collector }),
    otlp: bundleVariant('otlp', 'root', { bundles: bundles.folder, ...collector }),
  };
  const traces: Record<string, number> = {};
  const rounds = await inTurns(['plain', 'jaeger', 'otlp'] as const, 1, async name => {
    await collector.reset();
    const server = await startServer(variants[name], undefined);
    t.like(await steadyLoad(server.url, 200, 0.1), { answered: 20, failed: 0 });
    await server.stop();
    traces[name] = Object.values((await collector.counts()).tracesBySpans).reduce(
      (sum, count) => sum + count,
      0,
    );
    return server.startMs;
  });
  await collector.stop();
  bundles.remove();
  // Twenty, the one that the start was seen by, and the start itself.
  t.deepEqual(traces, { plain: 0, jaeger: 22, otlp: 22 });
  for (const [startMs = 0] of Object.values(rounds)) t.true(startMs > 10);
});
