import type { IncomingMessage } from 'node:http';
import { type Attributes, context, createContextKey } from '@opentelemetry/api';

type OfResponse = (response: IncomingMessage) => Attributes;

const key = createContextKey('traced-functions: client attributes');
const responseKey = createContextKey('traced-functions: client attributes of a response');

/**
 * Runs `work`; the client spans of its HTTP requests get these attributes.
 * @param attributes the attributes, or a function that derives them from the response's head; it must not throw
 */
export function withClientAttributes<T>(attributes: Attributes | OfResponse, work: () => T): T {
  const active = context.active();
  if (typeof attributes === 'function') return context.with(active.setValue(responseKey, attributes), work);
  return context.with(active.setValue(key, { ...clientAttributes(), ...attributes }), work);
}

/** What `withClientAttributes` has given the code that runs. */
export const clientAttributes = (): Attributes =>
  (context.active().getValue(key) as Attributes | undefined) ?? {};

/** The attributes of a response that `withClientAttributes` gives it. */
export const responseAttributes = (response: IncomingMessage): Attributes =>
  (context.active().getValue(responseKey) as OfResponse | undefined)?.(response) ?? {};
