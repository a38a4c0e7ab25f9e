/** What a function is made with. */
import * as framework from '@google-cloud/functions-framework';
import { trace } from '@opentelemetry/api';
import pkg from '../package.json' with { type: 'json' };
import { config } from './config.ts';
import { setRoute } from './invocation.ts';
import { limitMethods } from './methods.ts';

export type { Request, Response } from '@google-cloud/functions-framework';
export { withClientAttributes } from './client-attributes.ts';
export { config } from './config.ts';
export { currentInvocation, setRoute, timeoutHeader } from './invocation.ts';
export { log } from './log.ts';
export { HttpError } from './problem.ts';
export { onStop } from './release.ts';

/** For a function's own spans. */
export const tracer = trace.getTracer(config.functionTarget, pkg.version);

export interface HttpOptions {
  /** What the function's server spans are named after; empty for one that has several routes and calls `setRoute`. */
  route?: string;
  /** The methods that it accepts, of which HEAD and GET have no body; every method where this is left out. */
  methods?: readonly string[];
}

/**
 * Registers an HTTP function, as the Functions Framework's own `http` does.
 * @param options its route, or more of what `HttpOptions` lists
 */
export function http(
  name: string,
  handler: framework.HttpFunction,
  options: string | HttpOptions = {},
): void {
  const { route = `/${name}`, methods } = typeof options === 'string' ? { route: options } : options;
  const registered: framework.HttpFunction = (req, res) => {
    if (route) setRoute(route);
    return handler(req, res);
  };
  if (methods !== undefined) limitMethods(registered, methods);
  framework.http(name, registered);
}
