/** What runs beside functions on a laptop: the trace store with its collectors, its query API and the page. */
export { startTraceBackend } from './traces/backend.ts';
