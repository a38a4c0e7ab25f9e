import type { IncomingMessage } from 'node:http';
import { HttpError } from './problem.ts';

type Handler = (...args: never[]) => unknown;

const methodsOf = new WeakMap<Handler, readonly string[]>();
const common = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Notes that a function accepts these methods only. */
export function limitMethods(handler: Handler, methods: readonly string[]): void {
  methodsOf.set(handler, methods);
}

/** The methods that a function accepts: undefined where it accepts every one. */
export const acceptedMethods = (handler: Handler): readonly string[] | undefined => methodsOf.get(handler);

/** The value of `Allow`. */
export const allowed = (methods: readonly string[] = common): string => methods.join(', ');

/** Whether a function accepts methods only that have no body. */
export const isBodiless = (methods: readonly string[] | undefined): boolean =>
  methods?.every(method => method === 'GET' || method === 'HEAD') ?? false;

/** 405 for a method that a function does not accept. */
export function methodFault(
  { method = '' }: IncomingMessage,
  methods: readonly string[] | undefined,
): HttpError | undefined {
  if (methods === undefined || methods.includes(method)) return undefined;
  return new HttpError(405, `${method} is not allowed here; allowed: ${allowed(methods)}.`, {
    headers: { allow: allowed(methods) },
  });
}
