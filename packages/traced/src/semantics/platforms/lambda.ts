/** AWS Lambda's spans: the start of its environment, as X-Ray and the Lambda layer's telemetry name it. */
import type { Platform } from './platform.ts';

export const lambda: Platform = {
  isStart: ({ name, facts }) =>
    name.length <= 32 &&
    (/^(aws\.lambda\.)?(init|initialization)$/i.test(name) || /^lambda (init|cold start)/i.test(name)) &&
    (facts.lambdaStart !== '' || facts.function !== ''),
};
