/** What a function is made with. */
import * as framework from '@google-cloud/functions-framework';
import { trace } from '@opentelemetry/api';
import pkg from '../package.json' with { type: 'json' };
import { config } from './config.ts';
import { setRoute } from './invocation.ts';
import { limitMethods } from './methods.ts';
import { declareUpgrade, type UpgradeHandler } from './upgrade.ts';

export type { CloudEvent, Request, Response } from '@google-cloud/functions-framework';
export { cloudEvent } from '@google-cloud/functions-framework';
export { withClientAttributes } from './client-attributes.ts';
export { config } from './config.ts';
export { currentInvocation, setRoute, timeoutHeader } from './invocation.ts';
export { onStart, onStop } from './lifecycle.ts';
export { log } from './log.ts';
export { HttpError } from './problem.ts';
export type { UpgradeHandler } from './upgrade.ts';

/** For a function's own spans. */
export const tracer = trace.getTracer(config.functionTarget, pkg.version);

export interface HttpOptions {
  /** What the function's server spans are named after; empty for one that has several routes and calls `setRoute`. */
  route?: string;
  /** The methods that it accepts, of which HEAD and GET have no body; every method where this is left out. */
  methods?: readonly string[];
  /**
   * Serves requests that upgrade their connection, such as for WebSockets: gets what the event `upgrade` of Node's server
   * has. Without it, and without a listener to that event, they are requests like others.
   */
  upgrade?: UpgradeHandler;
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
  const given: HttpOptions = typeof options === 'string' ? { route: options } : options;
  const { route = `/${name}`, methods, upgrade } = given;
  const withRoute =
    <Args extends unknown[]>(handle: (...args: Args) => unknown) =>
    (...args: Args): unknown => {
      if (route) setRoute(route);
      return handle(...args);
    };
  const registered = withRoute(handler);
  // By this the runtime knows an Express application, which responds to errors with HTML where it cannot pass them on.
  if ('handle' in handler) Object.assign(registered, { handle: handler.handle });
  if (methods !== undefined) limitMethods(registered, methods);
  if (upgrade !== undefined) declareUpgrade(registered, withRoute(upgrade));
  framework.http(name, registered);
}
