/** What is searched for: as the form has it, in the address (Jaeger's own names), and as the API is asked. */
import type { Search } from '../model/source-types.ts';

export interface SearchForm {
  /** Empty for all. */
  service: string;
  operation: string;
  /** As typed: `key=value key="a value"`, or JSON. */
  tags: string;
  minDuration: string;
  maxDuration: string;
  /** Like `1h`, or `custom`. */
  lookback: string;
  /** µs since the epoch, for a custom one. */
  start: number;
  end: number;
  limit: number;
}

export const lookbacks: readonly (readonly [string, string])[] = [
  ['5m', 'Last 5 minutes'],
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['1d', 'Last day'],
  ['2d', 'Last 2 days'],
  ['7d', 'Last week'],
  ['custom', 'Between two times'],
];

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const mostTraces = 1_500;

export function fromQuery(query: URLSearchParams): SearchForm {
  const text = (name: string) => query.get(name) ?? '';
  const number = (name: string, fallback: number) => {
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isFinite(value) && value > 0 ? value : fallback;
  };
  const hasTimes = query.has('start') && query.has('end');
  return {
    service: text('service'),
    operation: text('operation') === 'all' ? '' : text('operation'),
    tags: tagsAsTyped(text('tags')),
    minDuration: text('minDuration'),
    maxDuration: text('maxDuration'),
    lookback: text('lookback') || (hasTimes ? 'custom' : '1h'),
    start: number('start', Date.now() * 1e3 - 3.6e9),
    end: number('end', Date.now() * 1e3),
    limit: Math.min(mostTraces, Math.round(number('limit', 20))),
  };
}

/** @throws {Error} where the tags cannot be read */
export function toQuery(form: SearchForm): URLSearchParams {
  const query = new URLSearchParams();
  const set = (name: string, value: string) => {
    if (value !== '') query.set(name, value);
  };
  set('service', form.service);
  set('operation', form.operation);
  set('tags', tagsAsJson(form.tags));
  set('minDuration', form.minDuration.trim());
  set('maxDuration', form.maxDuration.trim());
  set('lookback', form.lookback);
  if (form.lookback === 'custom') {
    set('start', String(form.start));
    set('end', String(form.end));
  }
  set('limit', String(form.limit));
  return query;
}

/** @param now ms since the epoch */
export function toSearch(form: SearchForm, service: string, now: number): Search {
  const [, count = '1', unit = 'h'] = /^(\d+)([mhdw])$/.exec(form.lookback) ?? [];
  const isCustom = form.lookback === 'custom';
  return {
    service,
    operation: form.service === '' ? '' : form.operation,
    tags: tagsAsJson(form.tags),
    minDuration: form.minDuration.trim(),
    maxDuration: form.maxDuration.trim(),
    start: isCustom ? form.start : (now - Number(count) * (unitMs[unit] ?? 0)) * 1e3,
    // What has begun in the millisecond that is under way belongs to it, too.
    end: isCustom ? form.end : (now + 1) * 1e3,
    limit: form.limit,
  };
}

/** A Go duration such as `1.5s`, `200ms` or `1m30s`. */
export const isDuration = (text: string): boolean =>
  /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text.trim());

/** The tags as Jaeger takes them: a JSON object of texts; empty for none. */
export function tagsAsJson(typed: string): string {
  const text = typed.trim();
  if (text === '') return '';
  if (text.startsWith('{')) {
    try {
      const object = JSON.parse(text) as Record<string, unknown>;
      return JSON.stringify(
        Object.fromEntries(Object.entries(object).map(([key, value]) => [key, String(value)])),
      );
    } catch {
      throw new Error('These tags are no JSON object.');
    }
  }
  const tags: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [whole, key = '', quoted, plain] = /^([^\s=]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))\s*/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`Tags are key=value; “${rest.slice(0, 40)}” is none.`);
    tags[key] = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '';
    rest = rest.slice(whole.length);
  }
  return JSON.stringify(tags);
}

function tagsAsTyped(json: string): string {
  try {
    const object = JSON.parse(json) as Record<string, unknown>;
    return Object.entries(object)
      .map(([key, value]) => {
        const text = String(value);
        return `${key}=${/[\s"]/.test(text) ? JSON.stringify(text) : text}`;
      })
      .join(' ');
  } catch {
    return json;
  }
}
