import { layOut, number, span } from '../report.ts';
import type { Rounds } from '../rounds.ts';
import { pairedRatio, type Ratio, type Summary, summarize } from '../statistics.ts';
import { type Verdict, verdict } from '../targets.ts';
import { descriptions } from '../variants.ts';
import type { Part } from './parts.ts';
import type { Platform } from './platform.ts';
import { type ClusterVariant, clusterVariants } from './services.ts';

export interface ClusterResults {
  platform: Platform;
  /** This machine's load average before the first request: of interest where the cluster is on it. */
  loadBefore: number;
  date: string;
  /** ms */
  rounds: Rounds<ClusterVariant>;
  /** What ours' time went to, at the median; empty where no traces tell. */
  parts: Part[];
}

const ours: ClusterVariant = 'jaeger';

interface ClusterTarget {
  title: string;
  to: ClusterVariant;
  better: 'less';
  must: number;
  goal: number;
}

const targets: readonly ClusterTarget[] = [
  { title: 'cold request, traced, to B', to: 'framework', better: 'less', must: 1, goal: 0.92 },
  { title: 'cold request, traced, to C', to: 'node-sdk', better: 'less', must: 0.75, goal: 0.65 },
];

export interface ClusterOutcome extends ClusterTarget {
  measured: Ratio;
  verdict: Verdict;
}

const ratio = ({ rounds }: ClusterResults, of: ClusterVariant, to: ClusterVariant): Ratio | undefined =>
  of === to ? undefined : pairedRatio(rounds[of], rounds[to]);

export function clusterOutcomes(results: ClusterResults): ClusterOutcome[] {
  return targets.flatMap(target => {
    const measured = ratio(results, ours, target.to);
    return measured === undefined ? [] : [{ ...target, measured, verdict: verdict(target, measured.median) }];
  });
}

interface Row extends Summary {
  of: ClusterVariant;
  /** ms, one a round */
  values: readonly number[];
  toB: Ratio | undefined;
  toC: Ratio | undefined;
}

const rowsOf = (results: ClusterResults): Row[] =>
  clusterVariants.map(of => ({
    of,
    values: results.rounds[of],
    ...summarize(results.rounds[of]),
    toB: ratio(results, of, 'framework'),
    toC: ratio(results, of, 'node-sdk'),
  }));

export function clusterJson(results: ClusterResults): string {
  const { rounds, ...rest } = results;
  const all = { ...rest, unit: 'ms', rounds: rowsOf(results), targets: clusterOutcomes(results) };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}

const ratioCells = (of: Ratio | undefined): string[] =>
  of === undefined ? ['', ''] : [number(of.median), span(of.low, of.high)];

function tableLines(results: ClusterResults): string[] {
  const rows = rowsOf(results);
  const head = ['cold request', 'n', 'ms', 'quartiles', 'to B', 'interval', 'to C', 'interval', 'sure'];
  const cells = ({ of, count, median, lowerQuartile, upperQuartile, toB, toC }: Row) => {
    const confidence = (toB ?? toC)?.confidence ?? 0;
    const own = [descriptions[of], String(count), number(median), span(lowerQuartile, upperQuartile)];
    return [...own, ...ratioCells(toB), ...ratioCells(toC), `${Math.floor(confidence * 100)} %`];
  };
  return layOut(head, rows.map(cells));
}

function targetLines(results: ClusterResults): string[] {
  const rows = clusterOutcomes(results).map(({ title, must, goal, measured, verdict }) => [
    title,
    number(measured.median),
    number(must),
    number(goal),
    verdict,
  ]);
  return layOut(['target', 'measured', 'must', 'goal', 'verdict'], rows);
}

const partLines = ({ parts }: ClusterResults): string[] =>
  parts.length === 0
    ? []
    : [
        '',
        ...layOut(
          ['of ours, by its traces', 'ms'],
          parts.map(({ what, ms }) => [what, number(ms)]),
        ),
      ];

export function clusterText(results: ClusterResults): string {
  const { platform, loadBefore, date } = results;
  const { kubernetes, serving, kourier, nodes } = platform;
  return [
    `Kubernetes ${kubernetes}, Knative Serving ${serving}, Kourier ${kourier}, ${date}`,
    ...nodes,
    `load average of this machine before: ${loadBefore.toFixed(2)}`,
    '',
    ...tableLines(results),
    '  from a function at zero to the end of its answer, through Kourier and the activator',
    ...partLines(results),
    '',
    ...targetLines(results),
    '',
  ].join('\n');
}
