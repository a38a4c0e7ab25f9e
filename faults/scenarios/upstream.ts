/** The page away, hanging, endless, broken, unknown: an answer in time, and nothing held on to for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Collector } from '../../bench/collector.ts';
import { startRedis } from '../../local/redis.ts';
import { type Chain, startChain } from '../chain.ts';
import type { Check, Ground, Outcome, Scenario } from '../scenario.ts';
import { wholeness } from '../traces.ts';
import { Page } from '../upstream/page.ts';
import {
  judge,
  paths,
  runUnderLoad,
  shapeOf,
  untilFine,
  type Wanted,
  type Waves,
} from '../upstream/under-load.ts';

interface UpstreamFault {
  title: string;
  statuses: readonly number[];
  begin(page: Page, folder: string): Promise<void> | void;
  end?(page: Page, folder: string): void;
  /** What the functions need in their environment, and have from the start. */
  env?(page: Page, folder: string): NodeJS.ProcessEnv;
  secure?: boolean;
  /** It takes as long as the functions let it: the short form gives requests a shorter deadline. */
  hangs?: boolean;
  /** Each GET takes much. */
  isHeavy?: boolean;
}

const deadlineMs = 1_000;
/** The longest that a GET of the page may take. */
const pageLimitMs = 10_000;
const busyMs = 3_000;

function wavesOf({ hangs, isHeavy }: UpstreamFault, short: boolean): Waves {
  if (short) return { rate: isHeavy ? 10 : 60, firstMs: 300, secondMs: 1_000 };
  if (hangs) return { rate: 20, firstMs: pageLimitMs, secondMs: 2 * pageLimitMs };
  return { rate: isHeavy ? 20 : 100, firstMs: 2_000, secondMs: 6_000 };
}

interface Scene {
  fault: UpstreamFault;
  page: Page;
  folder: string;
  collector: Collector;
  short: boolean;
}

async function observe({ fault, page, folder, collector, short }: Scene, chain: Chain): Promise<Outcome> {
  const limitMs = fault.hangs && !short ? pageLimitMs : deadlineMs;
  const wanted: Wanted = { statuses: fault.statuses, withinMs: limitMs + busyMs };
  const run = await runUnderLoad(chain, page, wavesOf(fault, short));
  const gets = page.requests;
  // The short form has no time to wait until those that hang are given up.
  await page.recover(short);
  fault.end?.(page, folder);
  const back = await Promise.all(paths.map(path => untilFine(chain.url + path, limitMs + busyMs)));
  const exits = await chain.stop();
  const judged = paths.map(path => ({ path, ...judge(run.results[path], wanted) }));
  const requests = judged.flatMap(({ path, answered }) =>
    answered.map(({ traceId }) => ({ traceId, shape: shapeOf(path) })),
  );
  const traces = await wholeness(collector, requests);
  const traced = (traces.spans.get('beta-fn GET') ?? 0) + (traces.spans.get('redis-fn GET') ?? 0);
  const longest = Math.max(...judged.flatMap(({ answered }) => answered.map(({ ms }) => ms)));
  return {
    requests: paths.reduce((sum, path) => sum + run.results[path].length, 0),
    answered: requests.length,
    whole: traces.whole,
    seen: [
      `the slowest ${Math.round(longest)} ms`,
      `${traced} GETs`,
      run.seen,
      `200 again after ${Math.round(Math.max(...back.map(ms => ms ?? Number.POSITIVE_INFINITY)))} ms`,
    ].join('; '),
    problems: [
      ...judged.flatMap(({ path, problems }) => problems.map(problem => `${path}: ${problem}`)),
      ...run.problems,
      ...(back.includes(undefined) ? [`no 200 within ${limitMs + busyMs} ms of the fault’s end`] : []),
      ...(traced < gets ? [`${traced} of ${gets} GETs of the page are in the traces`] : []),
      ...exits,
      ...traces.problems,
    ],
  };
}

async function underFault(fault: UpstreamFault, { bundles, short }: Ground): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-page-'));
  const page = await Page.start(fault.secure);
  const redis = await startRedis(undefined, process.env['PATH'] ?? '', () => undefined);
  const collector = await Collector.start(undefined);
  let chain: Chain | undefined;
  try {
    await fault.begin(page, folder);
    const env = {
      UPSTREAM_URL: `http://127.0.0.1:${page.port}/`,
      REDIS_URL: redis.url,
      ...(fault.hangs && short && { REQUEST_TIMEOUT_MS: String(deadlineMs) }),
      ...fault.env?.(page, folder),
    };
    chain = await startChain({ bundles }, collector, ['beta', 'redis'], env);
    return await observe({ fault, page, folder, collector, short }, chain);
  } finally {
    await chain?.stop();
    await Promise.all([page.close(), redis.close(), collector.stop()]);
    rmSync(folder, { recursive: true });
  }
}

const told = (
  title: string,
  fault: Parameters<Page['fail']>[0],
  more: Partial<UpstreamFault> = {},
): UpstreamFault => ({ title, statuses: [502], begin: page => page.fail(fault), ...more });

/** As a resolver that is near answers, whatever the machine's own says; the name is known when the fault is over. */
const names = (known: string) => `
const dns = require('node:dns');
const { existsSync } = require('node:fs');
const { lookup } = dns;
dns.lookup = (hostname, options, done) => {
  if (hostname !== 'page.invalid') return lookup(hostname, options, done);
  if (existsSync(${JSON.stringify(known)})) return lookup('127.0.0.1', options, done);
  const code = 'ENOTFOUND';
  const error = new Error('getaddrinfo ' + code + ' ' + hostname);
  process.nextTick(done, Object.assign(error, { code, syscall: 'getaddrinfo', hostname }));
};
`;

const faults: UpstreamFault[] = [
  told('the page refuses connections', 'away'),
  told('the page hangs before its body', 'hangs before its body', { statuses: [504], hangs: true }),
  told('the page hangs inside its body', 'hangs inside its body', { statuses: [504], hangs: true }),
  told('the page breaks off inside its body', 'breaks off inside its body'),
  told('the page’s body has no end', 'endless', { isHeavy: true }),
  told('the page answers 500, 503 and 504', 'server error'),
  told('the page redirects to itself', 'redirects to itself'),
  {
    title: 'the page has a certificate that nobody trusts',
    statuses: [502],
    secure: true,
    begin: page => page.distrust(),
    env(page, folder) {
      const file = join(folder, 'trusted.pem');
      writeFileSync(file, page.trusted?.cert ?? '');
      return { UPSTREAM_URL: `https://127.0.0.1:${page.port}/`, NODE_EXTRA_CA_CERTS: file };
    },
  },
  {
    title: 'the page’s name does not resolve',
    statuses: [502],
    begin: (_page, folder) => writeFileSync(join(folder, 'names.cjs'), names(join(folder, 'known'))),
    env: (page, folder) => ({
      UPSTREAM_URL: `http://page.invalid:${page.port}/`,
      NODE_OPTIONS: `--require=${join(folder, 'names.cjs')}`,
    }),
    end: (_page, folder) => writeFileSync(join(folder, 'known'), ''),
  },
];

const check = (fault: UpstreamFault): Check => ({
  title: fault.title,
  run: ground => underFault(fault, ground),
});

export const upstream: Scenario = { name: 'upstream', checks: faults.map(check) };
