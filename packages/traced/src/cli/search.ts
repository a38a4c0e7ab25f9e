/** The search for traces at a Jaeger, by the options of a command. */

import { formatDuration } from '../diagnosis/duration.ts';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { type BackendOptions, backendAddress } from './backend-address.ts';
import { defaults } from './defaults.ts';
import { InputError, listed, unknownName } from './input-error.ts';
import { Jaeger, JaegerError, type Search } from './jaeger.ts';
import { progress } from './terminal.ts';

/** What is looked for there; times in µs. */
export interface SearchOptions extends BackendOptions {
  service?: string;
  operation?: string;
  tag?: Record<string, string>;
  minDuration?: number;
  maxDuration?: number;
  since?: number;
  last?: number;
}

/** @param at its address, where that is not the one of `--jaeger` */
export const jaegerOf = (options: BackendOptions, at?: string): Jaeger =>
  new Jaeger(backendAddress(options, at), options.timeout / 1_000);

/**
 * The latest traces that fit, the latest first; none where all names are right and still nothing fits.
 * @throws InputError with the names that there are, where a service or an operation does not exist
 */
export async function searchTraces(options: SearchOptions): Promise<JaegerTrace[]> {
  const jaeger = jaegerOf(options);
  const search = searchOf(options, await serviceOf(jaeger, options));
  progress.step(`asking ${jaeger.address}`);
  const found = await jaeger.traces(search);
  if (found.length === 0) await checkNames(jaeger, search);
  return found;
}

export function searchOf(options: SearchOptions, service: string): Search {
  const {
    operation,
    tag = {},
    minDuration,
    maxDuration,
    since = defaults.since.time,
    last = defaults.last,
  } = options;
  if (minDuration !== undefined && maxDuration !== undefined && minDuration > maxDuration)
    throw new InputError('--min-duration must not be longer than --max-duration');
  const now = Date.now() * 1_000;
  return {
    service,
    ...(operation === undefined ? {} : { operation }),
    tags: tag,
    ...(minDuration === undefined ? {} : { minDuration }),
    ...(maxDuration === undefined ? {} : { maxDuration }),
    start: now - since,
    // A host whose clock is ahead has traces in our future.
    end: now + 60e6,
    limit: last,
  };
}

/** Jaeger finds nothing without a service, and only a person knows which one is meant. */
export async function serviceOf(jaeger: Jaeger, { service }: SearchOptions): Promise<string> {
  if (service !== undefined) return service;
  const services = await jaeger.services().catch((error: Error) => {
    throw error instanceof JaegerError
      ? new InputError(`no trace and no --service is named; ${error.message}`)
      : error;
  });
  const known = services.length === 0 ? 'has no services yet' : `has ${listed(services)}`;
  throw new InputError(
    `name traces, or search for them with --service: Jaeger at ${jaeger.address} ${known}`,
  );
}

/** @throws InputError with the names that there are, where the service or its operation is none of them */
export async function checkNames(jaeger: Jaeger, { service, operation }: Search): Promise<void> {
  const services = await jaeger.services();
  if (!services.includes(service)) throw unknownName('service', service, services, jaeger.address);
  if (operation === undefined) return;
  const operations = await jaeger.operations(service);
  if (!operations.includes(operation)) throw unknownName('operation', operation, operations, jaeger.address);
}

/** What was looked for, in words for a message. */
export function described(options: SearchOptions): string {
  const { service = '', operation, tag = {}, since = defaults.since.time } = options;
  const name = operation === undefined ? service : `${service} ${operation}`;
  const tags = Object.entries(tag).map(([key, value]) => `${key}=${value}`);
  return `${[name, ...tags].join(' ')} in the last ${formatDuration(since)}`;
}
