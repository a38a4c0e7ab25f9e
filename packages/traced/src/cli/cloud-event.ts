/** A CloudEvent as the message that it is sent as. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { InputError } from './input-error.ts';

const defaults = { type: 'com.example.event', source: '/traced/dev' };

/** JSON as it is, `-` for standard input, or a file. */
export function dataOf(data: string | undefined): string {
  if (data === undefined) return '{}';
  if (data === '-') return readFileSync(0, 'utf8');
  if (existsSync(data)) return readFileSync(data, 'utf8');
  if (parsed(data) === undefined) throw new InputError(`"${data}": no such file, and not JSON`);
  return data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In structured mode where the data is a whole CloudEvent, else in binary mode (CloudEvents 1.0.2, HTTP binding). */
export function messageOf(
  data: string,
  { type, source } = defaults,
): { headers: Record<string, string>; body: string } {
  const value = parsed(data);
  if (typeof value === 'object' && value !== null && 'specversion' in value && 'type' in value) {
    return { headers: { 'content-type': 'application/cloudevents+json' }, body: data };
  }
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': randomUUID(),
    'ce-type': type,
    'ce-source': source,
    'ce-time': new Date().toISOString(),
    'content-type': value === undefined ? 'text/plain; charset=utf-8' : 'application/json',
  };
  return { headers, body: data };
}
