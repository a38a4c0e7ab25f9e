/** The collector away, slow to say anything, refusing: requests do not notice, and no span is lost without a word. */
import type { Behaviour } from '../../bench/collector-process.ts';
import { quantile } from '../../bench/statistics.ts';
import { type Course, runTwins, type Twin, type Twins } from '../collector/twins.ts';
import { type Answer, isAnswer } from '../load.ts';
import type { Check, Ground, Outcome, Scenario } from '../scenario.ts';

interface CollectorFault {
  title: string;
  behaviour: Behaviour;
  exporter?: 'jaeger' | 'otlp';
  isThereFromTheStart?: boolean;
  env?: NodeJS.ProcessEnv;
  /** Why spans may be dropped, and some must be; where there is none, all must arrive. */
  drops?: RegExp;
}

const course = ({ short }: Ground): Course =>
  short ? { rate: 150, calmMs: 400, faultMs: 2_500 } : { rate: 200, calmMs: 3_000, faultMs: 30_000 };

const mostOfP99 = 1.2;
/** What may wait, 8 MiB, and the garbage collector's latitude. */
const mostMoreBytes = 32 * 1024 * 1024;

const goodAnswers = ({ results }: Twin): Answer[] =>
  results.filter(isAnswer).filter(({ status }) => status === 200);

/** In ms, of those that were asked during the fault. */
const p99 = (twin: Twin, { began, ended }: Twins['fault']): number =>
  quantile(
    goodAnswers(twin)
      .filter(answer => answer.began >= began && answer.began < ended)
      .map(({ ms }) => ms),
    0.99,
  );

const droppedBy = ({ dropped }: Twin): number => [...dropped.values()].reduce((sum, count) => sum + count, 0);

const arrived = ({ traces }: Twin): number => [...traces.values()].reduce((sum, spans) => sum + spans, 0);

/** @param more spans that there are beside one for each answer: those of the cold start */
function problemsOf(name: string, twin: Twin, more: number, drops?: RegExp): string[] {
  const good = goodAnswers(twin);
  const failed = twin.results.length - good.length;
  const silently = good.length + more - arrived(twin) - droppedBy(twin);
  const others = [...twin.dropped.keys()].filter(reason => !drops?.test(reason));
  return [
    ...(failed > 0 ? [`${failed} requests failed`] : []),
    ...(silently > 0 ? [`${silently} spans are gone without a word`] : []),
    ...(silently < 0 ? [`${-silently} more spans are said to be dropped than were`] : []),
    ...(others.length > 0 ? [`spans were dropped: ${others.join(', ')}`] : []),
    ...(drops !== undefined && twin.dropped.size === 0 ? ['no dropped span was logged'] : []),
    ...(twin.tooSoon > 0 ? [`${twin.tooSoon} batches came again before the time that Retry-After gave`] : []),
    ...(twin.exitCode !== 0 ? [`it ended with exit status ${twin.exitCode}`] : []),
  ].map(problem => `${name}: ${problem}`);
}

function outcomeOf(twins: Twins, { drops }: CollectorFault, short: boolean): Outcome {
  const { failing, well, fault } = twins;
  const good = goodAnswers(failing);
  const ratio = p99(failing, fault) / p99(well, fault);
  const moreBytes = failing.anonymous - well.anonymous;
  const moreMb = (moreBytes / 1e6).toFixed(1);
  const coldStart = arrived(well) - goodAnswers(well).length;
  const dropped = droppedBy(failing);
  return {
    requests: failing.results.length,
    answered: good.length,
    whole: good.filter(({ traceId }) => failing.traces.has(traceId)).length,
    seen: [
      `p99 ${ratio.toFixed(2)} of its twin’s`,
      `${moreMb} MB more`,
      ...(failing.duplicates > 0 ? [`${failing.duplicates} spans twice`] : []),
      ...(dropped > 0 ? [`${dropped} dropped: ${[...failing.dropped.keys()].join(', ')}`] : []),
    ].join('; '),
    problems: [
      ...problemsOf('its collector failing', failing, coldStart, drops),
      ...problemsOf('its collector well', well, Math.max(0, coldStart)),
      // In the short form the 99th percentile is that of a handful of requests.
      ...(!short && ratio > mostOfP99 ? [`p99 is ${ratio.toFixed(2)} of its twin’s`] : []),
      ...(moreBytes > mostMoreBytes ? [`it has ${moreMb} MB more than its twin`] : []),
    ],
  };
}

const away: Behaviour = { kind: 'away' };
const hang: Behaviour = { kind: 'hang' };
const refuse = (status: number): Behaviour => ({ kind: 'refuse', status });
const tooMany: Behaviour = { kind: 'refuse', status: 429, retryAfterSeconds: 1 };

const soonLate = { OTEL_EXPORTER_JAEGER_TIMEOUT: '1000', OTEL_EXPORTER_OTLP_TIMEOUT: '1000' };

const faults: CollectorFault[] = [
  { title: 'the collector away', behaviour: away },
  { title: 'the collector away from the start', behaviour: away, isThereFromTheStart: true },
  {
    title: 'the collector away, room for 100 spans',
    behaviour: away,
    // Sent so often that the room is enough for the one whose collector is well.
    env: { OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_SCHEDULE_DELAY: '100' },
    drops: /^more waited than there is room for$/,
  },
  { title: 'the collector answers 500', behaviour: refuse(500) },
  { title: 'the collector answers 429, Retry-After', behaviour: tooMany },
  { title: 'the OTLP collector answers 429, Retry-After', behaviour: tooMany, exporter: 'otlp' },
  {
    title: 'the collector answers 400',
    behaviour: refuse(400),
    drops: /^the collector responded with 400$/,
  },
  { title: 'the collector hangs', behaviour: hang, env: soonLate },
  { title: 'the OTLP collector hangs', behaviour: hang, env: soonLate, exporter: 'otlp' },
  { title: 'the collector cuts off half-way', behaviour: { kind: 'cut', after: 'half' } },
  { title: 'the collector cuts off its answer', behaviour: { kind: 'cut', after: 'all' } },
];

const check = (fault: CollectorFault): Check => ({
  title: fault.title,
  async run(ground) {
    const outage = {
      exporter: fault.exporter ?? 'jaeger',
      env: fault.env ?? {},
      isThereFromTheStart: fault.isThereFromTheStart ?? false,
      begin: collector => collector.behave(fault.behaviour),
      end: collector => collector.behave({ kind: 'take' }),
    } satisfies Parameters<typeof runTwins>[1];
    return outcomeOf(await runTwins(ground, outage, course(ground)), fault, ground.short);
  },
});

export const collector: Scenario = { name: 'collector', checks: faults.map(check) };
