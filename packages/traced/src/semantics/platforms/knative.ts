/** Knative's spans: its ingress's, its activator's, its queue-proxies' (Serving 1.23). */
import { memoizedTest } from '../memoize.ts';
import type { Platform } from './platform.ts';

const isService = memoizedTest(/^(activator|queue-?proxy|kourier|.*-kourier)\b/i);
const isSpan = memoizedTest(/^(throttler_try|activator_proxy|activator |kn\.queueproxy|queue_(proxy|wait))/i);
const isWait = memoizedTest(/^(throttler_try|kn\.queueproxy\.wait|queue_wait)$/i);

/** A queue-proxy sends its spans under the name of the Service that it stands before. */
export const isQueueProxy = memoizedTest(/^kn\.queueproxy/i);
/** The wait whose context a queue-proxy passes on, though it has ended by then. */
export const isQueueProxyWait = (name: string): boolean => name === 'kn.queueproxy.wait';
/** The activator's wait for an instance. */
export const isActivatorWait = memoizedTest(/^throttler_try$/i);

export const knative: Platform = {
  isOwn: ({ name, service }) => isSpan(name) || isService(service),
  isWait: ({ name }) => isWait(name),
};
