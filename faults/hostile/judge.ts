import { shown } from '../problem.ts';
import type { Answer } from './answers.ts';
import type { Attacked } from './attack.ts';
import type { Exchange } from './connection.ts';
import type { Markers } from './random.ts';
import type { Part, Volley } from './requests/volley.ts';

export interface Judgement {
  /** How many answers were as they should be. */
  good: number;
  problems: { kind: string; detail: string }[];
}

const describe = ({ how, bytes }: Part): string => `${how}, ${shown(bytes.toString('latin1'))}`;

const traceOf = ({ headers }: Answer): string =>
  headers.find(([name]) => name === 'traceresponse')?.[1].split('-')[1] ?? '';

/** Of /all 207 where it ran out for some of its calls, and 502 where it did for all of them. */
const outOfTime = new Set([207, 502, 504]);

function faultOf(
  { statuses, verify }: Pick<Attacked, 'statuses' | 'verify'>,
  part: Part,
  answer: Answer,
): string | undefined {
  const { status, headers } = answer;
  const fine = statuses.has(status);
  if (!fine && !(part.hurried && outOfTime.has(status))) return `an answer with status ${status}`;
  if (headers.some(([name]) => name === 'x-injected'))
    return 'an answer with a header that was smuggled into it';
  if (!part.kept) return undefined;
  if (part.traced && traceOf(answer) !== part.marker) return 'an answer of another trace';
  return verify?.(part, answer);
}

/** The part that an answer is to: the last one has all that come after it. */
const partOf = ({ parts }: Volley, at: number): Part => parts[Math.min(at, parts.length - 1)] as Part;

/** A refusal that announces that nothing more is taken from its connection: what was sent behind it may be sent again. */
const endsConnection = (answer: Answer | undefined): boolean =>
  answer !== undefined &&
  answer.status >= 400 &&
  answer.headers.some(([name, value]) => name === 'connection' && value === 'close');

function endProblems(volley: Volley, { answers, rest, ended, ms }: Exchange): Judgement['problems'] {
  const last = volley.parts.at(-1) as Part;
  const detail = `${describe(last)}, after ${Math.round(ms)} ms`;
  const kept = volley.parts.filter(part => part.kept).length;
  const most = volley.parts.reduce((sum, { most = 1 }) => sum + most, 0);
  const problems: Judgement['problems'] = [];
  // Whose time is up in the middle of its answer is cut off, and its connection with it.
  if (ended === 'never') problems.push({ kind: 'a connection that hung', detail });
  if (answers.length < kept && !last.hurried && !endsConnection(answers.at(-1)))
    problems.push({ kind: 'requests without an answer', detail: `${answers.length} of ${kept}, ${detail}` });
  if (answers.length > most)
    problems.push({ kind: 'more answers than requests', detail: `${answers.length} of ${most}, ${detail}` });
  if (rest !== '' && !last.hurried && (ended === 'by the server' || ended === 'answered'))
    problems.push({ kind: 'bytes that are no answer', detail: `${shown(rest)} to ${detail}` });
  return problems;
}

/** Whether what came back on a connection is what may come back. */
export function judge(
  attacked: Pick<Attacked, 'statuses' | 'verify'>,
  volley: Volley,
  exchange: Exchange,
  markers: Markers,
): Judgement {
  const problems = endProblems(volley, exchange);
  let good = 0;
  for (const [at, answer] of exchange.answers.entries()) {
    const part = partOf(volley, at);
    const foreign = markers.foreignIn(answer.text, part.marker);
    const fault = foreign.length > 0 ? 'an answer with what is another’s' : faultOf(attacked, part, answer);
    // Of damaged bytes more than one request may have come.
    if (fault === undefined) good += at < volley.parts.length ? 1 : 0;
    else problems.push({ kind: fault, detail: `${describe(part)}, answered ${shown(answer.text)}` });
  }
  return { good, problems };
}
