/** As many requests as a server answers: autocannon, from the baselines' folder. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FirstRequest } from './first-answer.ts';

/** Of autocannon, what is used here. */
type Autocannon = (
  options: { url: string; connections: number; duration: number } & Partial<FirstRequest>,
) => Promise<{
  duration: number;
  errors: number;
  non2xx: number;
  '2xx': number;
}>;

export interface FullResult {
  /** Answers with 2xx. */
  answered: number;
  failed: number;
  /** Answered requests a second. */
  rate: number;
}

/** autocannon's own default. */
const connections = 10;

export type FullLoad = (url: string, seconds: number, request?: FirstRequest) => Promise<FullResult>;

/** @param baselines the folder that autocannon is installed in */
export function fullLoadFrom(baselines: string): FullLoad {
  const autocannon: Autocannon = createRequire(join(baselines, 'package.json'))('autocannon');
  return async (url, seconds, request = { method: 'GET', path: '/' }) => {
    const result = await autocannon({ ...request, url, connections, duration: seconds });
    const answered = result['2xx'];
    return { answered, failed: result.errors + result.non2xx, rate: answered / result.duration };
  };
}
