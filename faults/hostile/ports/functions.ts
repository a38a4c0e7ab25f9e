/** The gateway and the functions as they are attacked. */
import http from 'node:http';
import { ask, isAnswer } from '../../load.ts';
import type { Answer } from '../answers.ts';
import type { Attacked } from '../attack.ts';
import type { AskCanary } from '../canary.ts';
import type { Watched } from '../memory.ts';
import type { Random } from '../random.ts';
import { brokenGet } from '../requests/broken.ts';
import { encodeDraft, getDraft, traceparentOf } from '../requests/draft.ts';
import { oddGet } from '../requests/odd.ts';
import { smuggleToRefuser } from '../requests/smuggling.ts';
import type { Dialect, Part } from '../requests/volley.ts';

/** What may come of requests that are odd or wrong: refusals, also of codings and versions, and no failure. */
const statuses = new Set([200, 400, 404, 405, 408, 413, 417, 431, 501, 505]);

/** One path of the list, which has those more often that should be asked more often. */
const dialect = (paths: readonly string[]): Dialect => ({
  shares: { broken: 0.4, damaged: 0.4 },
  mostBefore: 5,
  wellFormed: (random, marker) => encodeDraft(getDraft(random.pick(paths), random, marker)),
  kept: (random, marker) => oddGet(random.pick(paths), random, marker),
  broken: (random, marker) => {
    const wrong = random.chance(0.5) ? brokenGet : smuggleToRefuser;
    return wrong(random.pick(paths), random, marker);
  },
});

/** Asks for a path by GET on kept connections, and again by new ones. */
function canary(
  url: string,
  { path, wrongIn }: { path: (random: Random) => string; wrongIn: (body: string, marker: string) => boolean },
): AskCanary {
  const agent = new http.Agent({ keepAlive: true });
  return async (random, marker) => {
    const headers = { traceparent: traceparentOf(marker, random), 'x-mark': marker };
    const asked = `${url}${path(random)}?mark=${marker}`;
    const answer = await ask(asked, { headers, ...(random.chance(0.5) && { agent }) });
    if (!isAnswer(answer)) return { text: '', wrong: answer.broken };
    const { status, body, traceId } = answer;
    const right = status === 200 && traceId === marker && !wrongIn(body, marker);
    const text = `${JSON.stringify(answer.headers)} ${body}`;
    return { text, wrong: right ? undefined : `${status} ${traceId} ${body.slice(0, 200)}` };
  };
}

interface Process extends Watched {
  url: string;
}

const origin = ({ url }: Process): string => url.replace(/\/$/, '');

/** The memory is what their containers have. */
const common = { statuses, connections: 50, mostMemory: 192 };

/** A function, asked past the gateway. @param body what it answers to whatever is asked */
export const attackedFunction = (name: string, server: Process, body: string): Attacked => ({
  ...common,
  name,
  port: Number(new URL(server.url).port),
  dialect: dialect(['/', '/alpha', '/beta', '/all', '/healthz/', '//', '/%2e%2e/']),
  canary: canary(origin(server), { path: () => '/', wrongIn: text => text !== body }),
  processes: [server],
});

const routes = ['/', '/alpha', '/beta', '/redis', '/writeredis'];

/** What the functions behind the gateway have been asked. */
export interface Asked {
  timesAsked(mark: string): number;
  problems(): string[];
}

/** Whether the answer is the one to that request: the functions say what they were asked. */
function echoed(part: Part, { status, body, headers }: Answer): string | undefined {
  if (status !== 200) return undefined;
  const said = part.head ? headers.find(([name]) => name === 'x-echo')?.[1] : body;
  return said?.includes(part.marker) ? undefined : 'an answer that is not to its request';
}

/** The gateway before functions that say what they were asked. */
export function attackedGateway(server: Process, asked: Asked): Attacked {
  return {
    ...common,
    name: 'gateway',
    port: Number(new URL(server.url).port),
    dialect: dialect([...routes, ...routes, '/all', '/nix', '//', '/healthz/', '/alpha/..', '/%61lpha']),
    verify(part, answer) {
      const times = asked.timesAsked(part.marker);
      if (times > 1) return `a request that was passed on ${times} times`;
      return part.bytes.toString('latin1', 0, 40).includes(' /all?') ? undefined : echoed(part, answer);
    },
    canary: canary(origin(server), {
      path: random => random.pick(routes),
      wrongIn: (body, marker) => !body.includes(`x-mark: ${marker}`),
    }),
    processes: [server],
    afterwards: async () => asked.problems(),
  };
}
