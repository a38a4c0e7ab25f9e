/** Which values OpenTelemetry's environment variables can have. */
import { accessSync, constants } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { integer, oneOf, url } from './setting.ts';

/** Node's longest timer, in ms; a longer one would fire at once. */
export const longestTimer = 2 ** 31 - 1;

export const count = integer(0, Number.MAX_SAFE_INTEGER);
export const positive = integer(1, Number.MAX_SAFE_INTEGER);
export const milliseconds = integer(1, longestTimer);

/** OpenTelemetry's booleans: whatever is not "true" is false. */
export const flag = oneOf('true', 'false');

export const ratio = (value: string): string => {
  if (!/^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(value) || Number(value) > 1) {
    throw new Error('must be a number from 0 to 1');
  }
  return value;
};

export const readableFile = (path: string): string => {
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch {
    throw new Error('must be a file that can be read');
  }
};

/** @throws Error where one pair is not `key=value`, percent-encoded */
function pairs(list: string): [string, string][] {
  return list.split(',').flatMap(pair => {
    if (pair.trim() === '') return [];
    const at = pair.indexOf('=');
    const [key, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    try {
      if (at > 0 && key !== '') return [[decodeURIComponent(key), decodeURIComponent(value)]];
    } catch {}
    throw new Error('must be a list of key=value, separated by commas and percent-encoded');
  });
}

export const resourceAttributes = (list: string): string => {
  for (const [key, value] of pairs(list)) {
    if (key.length > 255 || value.length > 255) throw new Error('must have at most 255 characters a value');
  }
  if (list.split(',').some(pair => pair.split('=').length > 2)) {
    throw new Error('must have each "=" in a value percent-encoded');
  }
  return list;
};

export const headers = (list: string): string => {
  for (const [key, value] of pairs(list)) {
    try {
      validateHeaderName(key);
      validateHeaderValue(key, value);
    } catch {
      throw new Error('must be a list of HTTP headers');
    }
  }
  return list;
};

export const compression = oneOf('gzip', 'none');
export const protocol = oneOf('http/protobuf', 'http/json');
export const endpoint = url('http', 'https');

/** A list of these names, separated by commas. */
export const listOf =
  (names: readonly string[]) =>
  (list: string): string[] =>
    list.split(',').map(name => oneOf(...names)(name.trim()));

/** Those of a list that there are, in lower case. */
export function known<Name extends string>(names: readonly Name[], list = ''): Name[] {
  const given = list.split(',').map(name => name.trim().toLowerCase());
  return given.flatMap(name => names.find(each => each === name) ?? []);
}
