import { context, createContextKey } from '@opentelemetry/api';

const key = createContextKey('traced-functions: the answer will be kept');

/** Runs `work`, whose GETs are for an answer that will be kept and serve other requests; their spans say so. */
export const storing = <T>(work: () => T): T => context.with(context.active().setValue(key, true), work);

export const isStoring = (): boolean => context.active().getValue(key) === true;
