/** The parameters of a search by Jaeger's API v3, by their names in JSON or, as before, in protobuf's schema. */
import { first, flag, integer, ParameterError, parseDuration } from './query-parameters.ts';
import type { TraceQuery } from './store.ts';

const defaultSearchDepth = 100;

/** Throws `ParameterError`. */
export function findParameters(parameters: URLSearchParams): { query: TraceQuery; raw: boolean } {
  const named = (name: string): [value: string, name: string] => {
    const schemaName = `query.${name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}`;
    const value = first(parameters, `query.${name}`);
    return value === '' ? [first(parameters, schemaName), schemaName] : [value, `query.${name}`];
  };
  const length = ([text, name]: [string, string]) =>
    text === '' ? 0n : parsed(name, () => parseDuration(text));
  const [min, max] = [named('startTimeMin'), named('startTimeMax')];
  if (min[0] === '' || max[0] === '')
    throw new ParameterError('query.startTimeMin and query.startTimeMax are required');
  const [startMin, startMax] = [min, max].map(([text, name]) => parsed(name, () => time(text))) as [
    bigint,
    bigint,
  ];
  if (startMin >= startMax) throw new ParameterError('query.startTimeMin must be before query.startTimeMax');
  const [raw, rawName] = named('rawTraces');
  const query = {
    service: named('serviceName')[0],
    operation: named('operationName')[0],
    startMin,
    startMax,
    tags: attributes(first(parameters, 'query.attributes')),
    limit: depth(parameters, named('searchDepth')),
    durationMin: length(named('durationMin')),
    durationMax: length(named('durationMax')),
  };
  if (query.service === '') throw new ParameterError('query.serviceName is required');
  return { query, raw: raw !== '' && flag(parameters, rawName) };
}

function depth(parameters: URLSearchParams, [text, name]: [string, string]): number {
  const [value, its] =
    text === '' ? [first(parameters, 'query.num_traces'), 'query.num_traces'] : [text, name];
  return value === '' ? defaultSearchDepth : Number(parsed(its, () => integer(value, 32)));
}

/** A time as RFC 3339 has it, in nanoseconds since the Unix epoch. */
function time(text: string): bigint {
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms))
    throw new ParameterError(`${JSON.stringify(text)} is no time like 2026-01-02T15:04:05Z`);
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function attributes(json: string): Map<string, string> {
  if (json === '') return new Map();
  return parsed('query.attributes', () => {
    const members = Object.entries(JSON.parse(json) as Record<string, unknown>);
    return new Map(
      members.map(([key, value]) => {
        if (typeof value !== 'string')
          throw new ParameterError(`the value of ${JSON.stringify(key)} is not text`);
        return [key, value];
      }),
    );
  });
}

function parsed<Value>(name: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw new ParameterError(`malformed parameter ${name}: ${(error as Error).message}`);
  }
}
