/** Bodies that stop, lie about their length, trickle or are too large: refused in time, each with its trace. */
import { Collector } from '../../bench/collector.ts';
import type { RunningServer } from '../../bench/server.ts';
import { exchange } from '../bodies/exchange.ts';
import { type BodyFault, bodyLimit, slowBodies, wrongBodies } from '../bodies/requests.ts';
import { quick } from '../chain.ts';
import { bundleFaulty, startFaulty } from '../function/faulty.ts';
import { type Answer, BusyAsking, isAnswer } from '../load.ts';
import { Problems, wrongProblem } from '../problem.ts';
import type { Check, Ground, Outcome, Scenario } from '../scenario.ts';
import { type Shape, tag, wholeness } from '../traces.ts';

/** Bodies that the runtime reads and parses, and those that the function reads itself. */
const types = ['Content-Type: text/plain\r\n', ''];
const besideConnections = 1;

/** Two windows of the limit for slow uploads, the time in which the client is left to read its response, and some. */
const closedWithinMs = 30_000;

/** The server's span, whatever became of the request. */
const served: Shape = { least: {}, because: span => tag(span, 'span.kind') === 'server' };

interface Sent {
  fault: BodyFault;
  responses: Answer[] | undefined;
}

function faultOf({ fault, responses }: Sent): string | undefined {
  if (responses === undefined) return `${fault.title}: not closed within ${closedWithinMs / 1_000} s`;
  const statuses = responses.map(({ status }) => status).join(', ');
  if (statuses !== fault.statuses.join(', '))
    return `${fault.title}: ${statuses || 'no response'} in the place of ${fault.statuses.join(', ')}`;
  const wrong = responses.flatMap(response =>
    response.status < 400 ? [] : (wrongProblem(response) ?? []),
  )[0];
  return wrong && `${fault.title}: ${wrong}`;
}

async function sendAll(port: number, faults: readonly BodyFault[], each: number): Promise<Sent[]> {
  const all = faults.flatMap(fault =>
    types
      .slice(0, fault.isParsed ? 1 : 2)
      .flatMap(type => Array.from({ length: each }, () => ({ fault, type }))),
  );
  return Promise.all(
    all.map(async ({ fault, type }) => ({
      fault,
      responses: await exchange(port, fault, type, closedWithinMs),
    })),
  );
}

async function observe(
  server: RunningServer,
  collector: Collector,
  faults: readonly BodyFault[],
  each: number,
): Promise<Outcome> {
  const beside = new BusyAsking(server.url, besideConnections);
  const sent = await sendAll(Number(new URL(server.url).port), faults, each);
  const others = await beside.stop();
  const code = await server.stop();
  const problems = new Problems();
  const wrong = sent.map(faultOf);
  for (const problem of wrong) if (problem !== undefined) problems.add(problem);
  const good = others.filter(isAnswer).filter(({ status }) => status === 200);
  if (good.length < others.length) problems.add(`${others.length - good.length} requests beside them failed`);
  if (code !== 0) problems.add(`the function ended with exit status ${code}`);
  // What follows a body that is longer than it says is no request, and has no trace.
  const first = sent.flatMap(({ responses }) => responses?.slice(0, 1) ?? []);
  const traces = await wholeness(collector, [
    ...[...first, ...good].map(({ traceId }) => ({ traceId, shape: served })),
  ]);
  const longest = Math.max(...first.map(({ ms }) => ms));
  return {
    requests: sent.length + others.length,
    answered: wrong.filter(problem => problem === undefined).length + good.length,
    whole: traces.whole,
    seen: `${sent.length} bodies, refused within ${(longest / 1_000).toFixed(1)} s; ${good.length} others × 200`,
    problems: [...problems.list(), ...traces.problems],
  };
}

async function underFault(faults: readonly BodyFault[], ground: Ground): Promise<Outcome> {
  await bundleFaulty(ground);
  const collector = await Collector.start(undefined);
  try {
    const server = await startFaulty(ground, collector, { ...quick, REQUEST_BODY_LIMIT: String(bodyLimit) });
    try {
      return await observe(server, collector, faults, ground.short ? 5 : 50);
    } finally {
      await server.kill();
    }
  } finally {
    await collector.stop();
  }
}

const check = (title: string, faults: readonly BodyFault[]): Check => ({
  title,
  run: ground => underFault(faults, ground),
});

export const bodies: Scenario = {
  name: 'bodies',
  checks: [
    check('bodies that stop half-way or come at a byte a second', slowBodies),
    check('bodies that lie about their length or are too large', wrongBodies),
  ],
};
