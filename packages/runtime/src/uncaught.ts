import { sendFailure } from './failure.ts';
import { currentInvocation } from './invocation.ts';
import { log } from './log.ts';
import { reportLate } from './problem.ts';

/**
 * Responds with 500 to the request whose code threw an error that nothing caught, such as in a timer, and records it in
 * the request's trace and in the log.
 */
export function reportUncaught(error: unknown): void {
  const invocation = currentInvocation();
  if (invocation?.response !== undefined) sendFailure(invocation.response, error, 'crash');
  else if (invocation !== undefined) reportLate(error);
  else {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    log.error(message, { stack });
  }
}
