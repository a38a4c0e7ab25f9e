/** What runs functions on a laptop: a process each, the trace store with its collectors, its query API and the page. */
export { request } from './await-trace.ts';
export { DevError } from './dev-error.ts';
export { type DevOptions, DevServer, type RunningDev } from './dev-server.ts';
export type { Exchange } from './functions/front.ts';
export { stopOnSignal, stopWithinMs } from './signals.ts';
export type { Output } from './trace-source.ts';
export { startTraceBackend } from './traces/backend.ts';
