/** What a function is made with. */
import * as framework from '@google-cloud/functions-framework';
import { trace } from '@opentelemetry/api';
import pkg from '../package.json' with { type: 'json' };
import { config } from './config.ts';
import { setRoute } from './invocation.ts';

export type { Request, Response } from '@google-cloud/functions-framework';
export { withClientAttributes } from './client-attributes.ts';
export { config } from './config.ts';
export { budgetHeader, currentInvocation, setRoute } from './invocation.ts';
export { log } from './log.ts';
export { HttpError } from './problem.ts';
export { onStop } from './release.ts';

/** For a function's own spans. */
export const tracer = trace.getTracer(config.functionTarget, pkg.version);

/**
 * Registers an HTTP function, as the Functions Framework's own `http` does.
 * @param route what its server spans are named after; empty for a function that has several and calls `setRoute`
 */
export function http(name: string, handler: framework.HttpFunction, route = `/${name}`): void {
  framework.http(name, (req, res) => {
    if (route) setRoute(route);
    return handler(req, res);
  });
}
