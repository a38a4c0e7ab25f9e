import { type Attributes, context, createContextKey } from '@opentelemetry/api';

const key = createContextKey('traced-functions: client attributes');

/** Runs `work`; the client spans of its HTTP requests get these attributes. */
export const withClientAttributes = <T>(attributes: Attributes, work: () => T): T =>
  context.with(context.active().setValue(key, { ...clientAttributes(), ...attributes }), work);

/** What `withClientAttributes` has given the code that runs. */
export const clientAttributes = (): Attributes =>
  (context.active().getValue(key) as Attributes | undefined) ?? {};
