/** Jaeger's API v3 as a client asks it: its paths, and how its responses are told from those of others. */
import { isObject } from '../read/trace-format.ts';
import type { Search } from './jaeger.ts';

/** By the names that both 2.13 and later versions take. Tags are not among them: 2.13 passes over attributes. */
export function searchPath({
  service,
  operation,
  minDuration,
  maxDuration,
  start,
  end,
  limit,
}: Search): string {
  const parameters = new URLSearchParams({
    'query.service_name': service,
    'query.start_time_min': timeText(start),
    'query.start_time_max': timeText(end),
    'query.num_traces': String(limit),
  });
  if (operation !== undefined) parameters.set('query.operation_name', operation);
  if (minDuration !== undefined) parameters.set('query.duration_min', `${minDuration}us`);
  if (maxDuration !== undefined) parameters.set('query.duration_max', `${maxDuration}us`);
  return `traces?${parameters}`;
}

/** µs since the Unix epoch as RFC 3339 has it. */
function timeText(time: number): string {
  const us = Math.max(0, Math.floor(time));
  const seconds = new Date(us / 1_000).toISOString().slice(0, -5);
  return `${seconds}.${String(us % 1e6).padStart(6, '0')}Z`;
}

/** Whether JSON is this API's, which has one of these fields; protobuf's JSON leaves an empty list out. */
export function isV3(json: unknown, field: 'result' | 'services' | 'operations' | 'summaries'): boolean {
  if (!isObject(json)) return false;
  return field in json || errorOf(json) !== undefined || Object.keys(json).length === 0;
}

/** What it says went wrong: `{"error": {"httpCode", "message"}}`. */
export function errorOf(json: unknown): { status: number; message: string } | undefined {
  const error = isObject(json) ? json['error'] : undefined;
  if (!isObject(error) || typeof error['httpCode'] !== 'number') return undefined;
  return { status: error['httpCode'], message: String(error['message'] ?? '').slice(0, 500) };
}
