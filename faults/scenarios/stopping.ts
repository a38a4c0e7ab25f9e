/** SIGTERM under load: requests that were taken get their responses, and those that got one have their traces. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Collector } from '../../bench/collector.ts';
import type { Behaviour } from '../../bench/collector-process.ts';
import { type RunningServer, startServer } from '../../bench/server.ts';
import { bundleVariant } from '../../bench/variants.ts';
import { bundleFaulty, withFault } from '../function/faulty.ts';
import { type Answer, ask, type Broken, BusyAsking, isAnswer } from '../load.ts';
import type { Check, Ground, Outcome, Scenario } from '../scenario.ts';

const connections = 16;
/** Of each kind of request that is under way when the SIGTERM comes, and ends after the listener has closed. */
const slowEach = 4;
const deadlineMs = 10_000;

interface Answered extends Answer {
  /** How many spans its trace has at least. */
  spans: number;
}

interface Round {
  answered: Answered[];
  /** Answers with another status, or cut off in the middle. */
  failed: number;
  /** Connections that were closed just as a request was sent: asked again elsewhere, by HTTP's rules. */
  notTaken: number;
  exitMs: number;
  exitCode: number | null;
}

const notTakenUp = new Set(['ECONNRESET', 'EPIPE']);
/** Nobody listens any more. */
const gone = 'ECONNREFUSED';

/** Connections of clients that have gone quiet: one idle after an answer, one silent, one half-way through its head. */
async function quietConnections({ url }: RunningServer): Promise<Socket[]> {
  const said = ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '', 'GET / HTTP/1.1\r\nHost: x\r\nX-Half: '];
  const port = Number(new URL(url).port);
  return Promise.all(
    said.map(
      text =>
        new Promise<Socket>(resolve => {
          const socket = connect(port, '127.0.0.1', () => socket.write(text, () => resolve(socket)));
          socket.on('error', () => undefined).resume();
        }),
    ),
  );
}

const piece = 'x'.repeat(4_096);
const pieces = 30;

/** An upload that is slow, and moves all the time. */
async function* slowBody(): AsyncGenerator<string> {
  for (let sent = 0; sent < pieces; sent++) {
    yield piece;
    await pause(50);
  }
}

/** Uploads that the runtime reads, or the function itself, of a length that is announced or not. */
function slowUpload(url: string, kind: number, onBegun: () => void): Promise<Answer | Broken> {
  const headers = {
    ...(kind % 2 === 0 ? { 'content-type': 'text/plain' } : {}),
    ...(kind % 4 < 2 ? { 'content-length': pieces * piece.length } : {}),
  };
  async function* body() {
    for await (const each of slowBody()) {
      yield each;
      onBegun();
    }
  }
  return ask(withFault(url, 'counts-body'), { headers, body: body() });
}

interface Slow {
  result: Promise<Answer | Broken>;
  body: string;
  spans: number;
}

/** Resolves when all of them have begun. */
async function slowRequests({ url }: RunningServer): Promise<Slow[]> {
  const begun: Promise<void>[] = [];
  const begin = (send: (onBegun: () => void) => Promise<Answer | Broken>) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const result = send(resolve);
    begun.push(Promise.race([promise, result.then(() => undefined)]));
    return result;
  };
  const all = Array.from({ length: slowEach }, (_, kind): Slow[] => [
    {
      result: begin(onHead => ask(withFault(url, 'answers-slowly'), { onHead })),
      body: 'at length',
      spans: 1,
    },
    {
      result: begin(onBegun => slowUpload(url, kind, onBegun)),
      body: String(pieces * piece.length),
      spans: 1,
    },
    { result: begin(onHead => ask(withFault(url, 'works-afterwards'), { onHead })), body: 'fine', spans: 5 },
  ]);
  await Promise.all(begun);
  return all.flat();
}

async function terminate(server: RunningServer, requests: number): Promise<Round> {
  const quiet = await quietConnections(server);
  const load = new BusyAsking(server.url, connections);
  await load.reached(requests);
  const slow = await slowRequests(server);
  const began = performance.now();
  const exitCode = await server.stop();
  const exitMs = performance.now() - began;
  const results = await load.stop();
  for (const socket of quiet) socket.destroy();
  const broken = results
    .flatMap(result => (isAnswer(result) ? [] : [result.broken]))
    .filter(code => code !== gone);
  const notTaken = broken.filter(code => notTakenUp.has(code)).length;
  const begun = await Promise.all(slow.map(async each => ({ ...each, result: await each.result })));
  const whole = begun.flatMap(({ result, body, spans }) =>
    isAnswer(result) && result.status === 200 && result.body === body ? [{ ...result, spans }] : [],
  );
  const answers = results.filter(isAnswer);
  const good = answers.filter(({ status }) => status === 200).map(answer => ({ ...answer, spans: 1 }));
  const cutOff = broken.length - notTaken + begun.length - whole.length;
  const failed = answers.length - good.length + cutOff;
  return { answered: [...good, ...whole], failed, notTaken, exitMs, exitCode };
}

const unheard = (rounds: readonly Round[]): number => rounds.reduce((sum, { notTaken }) => sum + notTaken, 0);

function problemsOf(rounds: readonly Round[], lost: number): string[] {
  const failed = rounds.reduce((sum, round) => sum + round.failed, 0);
  const late = rounds.filter(({ exitMs }) => exitMs > deadlineMs).length;
  const notTaken = unheard(rounds);
  const codes = rounds.filter(({ exitCode }) => exitCode !== 0).length;
  return [
    ...(failed > 0 ? [`${failed} requests got an error, another’s response or half of one`] : []),
    // Between two looks at what has connected, one may come all the same.
    ...(notTaken > rounds.length
      ? [`${notTaken} connections that had been accepted by the kernel were closed unheard`]
      : []),
    ...(lost > 0 ? [`${lost} requests with a response have no whole trace`] : []),
    ...(late > 0 ? [`${late} of ${rounds.length} exits took longer than ${deadlineMs} ms`] : []),
    ...(codes > 0 ? [`${codes} of ${rounds.length} exits had another status than 0`] : []),
  ];
}

async function sigterms(
  ground: Ground,
  { count, requests, behaviour, exporter }: Load & { count: number },
): Promise<Outcome> {
  const { bundles, say } = ground;
  await bundleFaulty(ground);
  const collector = await Collector.start(undefined);
  try {
    await collector.behave(behaviour);
    const rounds: Round[] = [];
    let whole = 0;
    for (let round = 0; round < count; round++) {
      const variant = bundleVariant(exporter, 'faulty', { bundles, ...collector });
      const server = await startServer(
        { ...variant, env: { ...variant.env, SHUTDOWN_TIMEOUT_MS: String(deadlineMs) } },
        undefined,
      );
      rounds.push(await terminate(server, requests));
      const traces = await collector.traces();
      whole +=
        rounds.at(-1)?.answered.filter(({ traceId, spans }) => (traces.get(traceId) ?? 0) >= spans).length ??
        0;
      await collector.reset();
      say(`SIGTERM ${round + 1} of ${count}`);
    }
    const answered = rounds.reduce((sum, round) => sum + round.answered.length, 0);
    const failed = rounds.reduce((sum, round) => sum + round.failed, 0);
    const longest = Math.max(...rounds.map(({ exitMs }) => exitMs));
    return {
      requests: answered + failed,
      answered,
      whole,
      seen: `${count} SIGTERMs; ${unheard(rounds)} connections closed as a request was sent; longest exit ${Math.round(longest)} ms`,
      problems: problemsOf(rounds, answered - whole),
    };
  } finally {
    await collector.stop();
  }
}

interface Load {
  /** Before each SIGTERM. */
  requests: number;
  behaviour: Behaviour;
  exporter: 'jaeger' | 'otlp';
}

const check = (title: string, load: Load): Check => ({
  title,
  run: ground => {
    const requests = ground.short ? Math.round(load.requests / 4) : load.requests;
    return sigterms(ground, { ...load, requests, count: ground.short ? 3 : 25 });
  },
});

export const stopping: Scenario = {
  name: 'stopping',
  checks: [
    check('SIGTERM under load', { requests: 1_700, behaviour: { kind: 'take' }, exporter: 'jaeger' }),
    check('SIGTERM under load, over OTLP', {
      requests: 1_700,
      behaviour: { kind: 'take' },
      exporter: 'otlp',
    }),
    check('SIGTERM, the collector takes 500 ms a batch', {
      requests: 1_700,
      behaviour: { kind: 'take', afterMs: 500 },
      exporter: 'jaeger',
    }),
  ],
};
