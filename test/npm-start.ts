import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import test from 'ava';
import { targets } from '../functions/shared/targets.ts';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import { startTraceBackend } from '../packages/traced/src/dev/traces/backend.ts';
import type { JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';
import { columnsOf } from '../packages/traced/src/diagnosis/terminal-text.ts';
import { parentIdOf, readTrace, Started, serviceEdges } from './helpers/npm-start.ts';

const allEdges = targets.map(({ name }) => `gateway-fn > ${name}-fn`).sort();

/** Spans without a parent, and those whose parent is not in the trace. */
function loose({ spans }: JaegerTrace): { roots: string[]; orphans: string[] } {
  const ids = new Set(spans.map(span => span.spanID));
  const names = (wanted: (parent: string | undefined) => boolean) =>
    spans.filter(span => wanted(parentIdOf(span))).map(span => span.operationName);
  return {
    roots: names(parent => parent === undefined),
    orphans: names(parent => parent !== undefined && !ids.has(parent)),
  };
}

const spansNamed = (trace: JaegerTrace, service: string, name: RegExp) =>
  trace.spans.filter(
    span => trace.processes[span.processID]?.serviceName === service && name.test(span.operationName),
  );

test.serial('npm start shows one whole trace through the functions', async t => {
  const started = new Started(t, { npm: true });
  const { gateway } = await started.ready();
  const trace = await started.firstTrace();
  t.deepEqual(loose(trace), { roots: ['GET /all'], orphans: [] });
  t.deepEqual(serviceEdges(trace), allEdges);
  t.is(spansNamed(trace, 'alpha-fn', /^work/).length, 100);
  const response = await fetch(`${gateway}/all`);
  const results = (await response.json()) as Record<string, { status: number }>;
  t.is(response.status, 200);
  t.deepEqual(
    Object.entries(results).map(([name, { status }]) => `${name} ${status}`),
    targets.map(({ name }) => `${name} 200`),
  );
});

test.serial('what it prints fits in 80 columns and has no escapes where it is no terminal', async t => {
  const started = new Started(t);
  await started.firstTrace();
  const tooWide = started.stdout
    .split('\n')
    .filter(line => columnsOf(line) > 80 && !line.includes('http://'));
  t.deepEqual(tooWide, []);
  t.false(started.stdout.includes('\x1b'));
  t.regex(started.stdout, /^[\d,+ ]*alpha-fn +work ×\d+ .*[█░▌▏]$/m);
  // The first request of all may have found the machine busy.
  t.regex(started.stdout, /^No problems found|^1 {2}\S/m);
  t.is(started.stderr, '');
});

test.serial('started with --v1 it is slow, and each fault shows in the spans', async t => {
  const started = new Started(t, { args: ['--v1'] });
  const trace = await started.firstTrace();
  const [root] = spansNamed(trace, 'gateway-fn', /^GET \/all$/);
  t.true((root?.duration ?? 0) > 10_000_000);
  t.deepEqual(loose(trace), { roots: ['GET /all'], orphans: [] });
  t.deepEqual(serviceEdges(trace), allEdges);
  t.regex(started.stdout, /^1 {2}.*alpha-fn work.*\n {3}stall · measured · saves about/m);
  const work = spansNamed(trace, 'alpha-fn', /^work/).sort((a, b) => a.startTime - b.startTime);
  t.true((work.at(-1)?.duration ?? 0) > 9_900_000);
  t.is(spansNamed(trace, 'redis-fn', /^set/i).length, 50);
  const failedConnect = spansNamed(trace, 'redis-fn', /connect/).filter(span =>
    span.tags.some(({ key, value }) => key === 'error' && value === true),
  );
  t.is(failedConnect.length, 1);
  t.true((failedConnect[0]?.duration ?? 0) > 900_000);
  // Serial: each of the gateway's calls starts after the one before has ended.
  const calls = spansNamed(trace, 'gateway-fn', /^GET$/).sort((a, b) => a.startTime - b.startTime);
  t.is(calls.length, targets.length);
  const overlaps = calls.slice(1).filter((call, n) => {
    const before = calls[n];
    return before !== undefined && call.startTime < before.startTime + before.duration;
  });
  t.deepEqual(overlaps, []);
});

test.serial('FAULTS chooses single faults, also with --v1', async t => {
  const started = new Started(t, { args: ['--v1'], env: { FAULTS: 'redis-one-by-one' } });
  const trace = await started.firstTrace();
  t.is(spansNamed(trace, 'redis-fn', /^set/i).length, 50);
  t.true((spansNamed(trace, 'gateway-fn', /^GET \/all$/)[0]?.duration ?? 0) < 5_000_000);
});

test.serial('without a redis-server there is a stand-in, and the trace is as whole', async t => {
  const started = new Started(t, { env: { PATH: dirname(process.execPath) } });
  const trace = await started.firstTrace();
  t.regex(started.stdout, /^redis +stand-in in this process \(no redis-server on the PATH\)$/m);
  t.deepEqual(serviceEdges(trace), allEdges);
  t.is(spansNamed(trace, 'redis-fn', /^mset$/i).length, 1);
});

test.serial('a Jaeger that is given is used, and none is started', async t => {
  const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
  const jaegerUrl = `http://127.0.0.1:${backend.queryPort}`;
  const endpoint = `http://127.0.0.1:${backend.collectorPort}/api/traces`;
  const started = new Started(t, { env: { JAEGER_URL: jaegerUrl, OTEL_EXPORTER_JAEGER_ENDPOINT: endpoint } });
  t.is((await started.ready()).traces, jaegerUrl);
  t.deepEqual(serviceEdges(await started.firstTrace()), allEdges);
  t.notRegex(started.stdout, /thrift on/);
  started.child.kill('SIGTERM');
  await started.exit;
  await backend.close();
});

test.serial('nothing listens on an address that others can reach', async t => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find(each => each?.internal === false && each.family === 'IPv4')?.address;
  const started = new Started(t);
  await started.ready();
  const ports = [...started.stdout.matchAll(/\b(?:on|:)\s?(\d{4,5})\b/g)].map(([, port]) => Number(port));
  t.true(ports.length >= 9, started.stdout);
  for (const port of address === undefined ? [] : ports) {
    await t.throwsAsync(once(connect(port, address), 'connect'), { code: 'ECONNREFUSED' }, `port ${port}`);
  }
});

for (const variable of ['PORT', 'JAEGER_PORT', 'COLLECTOR_PORT', 'OTLP_PORT']) {
  test(`a taken ${variable} is named, and nothing is left running`, async t => {
    const holder = createServer();
    const port = await listenOn(holder, 0);
    const started = new Started(t, { env: { [variable]: String(port) } });
    t.deepEqual(await started.exit, { code: 1, signal: null });
    t.is(started.stderr, `port ${port} is taken; set ${variable} to another one (0 for any that is free)\n`);
    t.deepEqual(started.processes(), []);
    holder.close();
  });
}

test('a function that cannot start is named with the reason, also in its responses', async t => {
  const started = new Started(t, { env: { LOG_LEVEL: 'loud' } });
  const { gateway } = await started.ready();
  t.regex(started.stderr, /^gateway ended before it listened \(exit status 1\): .*LOG_LEVEL/m);
  const response = await fetch(`${gateway}/all`);
  t.is(response.status, 500);
  t.regex(await response.text(), /LOG_LEVEL/);
});

const refused: [what: string, args: string[], env: NodeJS.ProcessEnv, code: number, stderr: RegExp][] = [
  ['an unknown argument', ['--fast'], {}, 2, /'--fast'[\s\S]*usage: npm start/],
  ['a word', ['gateway'], {}, 2, /usage: npm start/],
  [
    'a port that is none',
    [],
    { PORT: '80801' },
    1,
    /^PORT="80801" must be a whole number from 0 to 65535\n$/,
  ],
  ['one port for two', [], { PORT: '4318', OTLP_PORT: '4318' }, 1, /^PORT and OTLP_PORT are both 4318/],
  ['an unknown fault', [], { FAULTS: 'slow' }, 1, /"slow".*alpha-stall, alpha-broken, beta-uncached/],
  ['a Redis URL that is none', [], { REDIS_URL: 'secret' }, 1, /^REDIS_URL must be a URL (?!.*secret)/],
];
for (const [what, args, env, code, stderr] of refused) {
  test(`${what} is refused with exit status ${code}`, async t => {
    const started = new Started(t, { args, env });
    t.is((await started.exit).code, code);
    t.regex(started.stderr, stderr);
    t.is(started.stdout, '');
  });
}

test('--help prints the usage', async t => {
  const started = new Started(t, { args: ['--help'] });
  t.is((await started.exit).code, 0);
  t.regex(started.stdout, /^usage: npm start[\s\S]*alpha-stall/);
});

test.serial('garbage on its ports leaves it serving', async t => {
  const started = new Started(t);
  const { gateway, traces } = await started.ready();
  const ports = [...started.stdout.matchAll(/\bon (\d{4,5})\b/g)].map(([, port]) => Number(port));
  const closings = ports.map(port => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.end(Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 31) % 256)));
    socket.resume();
    return once(socket, 'close');
  });
  await Promise.all(closings);
  const response = await fetch(`${gateway}/all`);
  t.is(response.status, 200);
  const id = response.headers.get('traceresponse')?.split('-')[1] ?? '';
  t.true((await fetch(`${traces}/api/services`)).ok);
  t.regex(id, /^[0-9a-f]{32}$/);
  await t.notThrowsAsync(eventually(() => readTrace(traces, id)));
});

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}
