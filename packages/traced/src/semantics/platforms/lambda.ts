/** AWS Lambda's spans: the start of its environment, as X-Ray and the Lambda layer's telemetry name it. */
import { memoizedTest } from '../memoize.ts';
import type { Platform } from './platform.ts';

const isStartName = memoizedTest(/^((aws\.lambda\.)?(init|initialization)|lambda (init|cold start).*)$/i);

export const lambda: Platform = {
  isStart: ({ name, semantics: { facts } }) =>
    (facts.lambdaStart !== '' || facts.function !== '') && isStartName(name),
};
