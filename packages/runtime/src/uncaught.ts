import { currentInvocation } from './invocation.ts';
import { log } from './log.ts';
import { reportLate, sendProblem } from './problem.ts';

/**
 * Responds with 500 to the request whose code threw an error that nothing caught, such as in a timer, and records it in
 * the request's trace and in the log.
 */
export function reportUncaught(error: unknown): void {
  const invocation = currentInvocation();
  if (invocation?.response !== undefined) sendProblem(invocation.response, error);
  else if (invocation !== undefined) reportLate(error);
  else {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    log.error(message, { stack });
  }
}
