/** How a program reads its environment: each variable with a name, a default, a validator and a meaning. */

export { namespace } from './kubernetes.ts';

export interface Setting<T> {
  /** The environment variable. */
  name: string;
  /** Used where the variable is unset; a function where it depends on the machine. */
  fallback: string | (() => string);
  /** How the README prints a computed default. */
  shown?: string;
  /** Turns the variable's text into its value, or throws what is wrong with it: "must be …". */
  parse: (text: string) => T;
  meaning: string;
  /** Its value may hold a password and is not repeated in errors. */
  secret?: boolean;
  /** Set to nothing it differs from unset; for all others it is the same. */
  mayBeEmpty?: boolean;
}

/** A value with the login of its URL left out. */
export const masked = (value: string): string => value.replace(/\/\/[^/?#]*@/g, '//…@');

/** Keeps a setting's type. */
export const setting = <T>(value: Setting<T>): Setting<T> => value;

export const text = (value: string): string => value;

export const integer =
  (least: number, most: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      throw new Error(`must be a whole number from ${least} to ${most}`);
    }
    return number;
  };

const units: Record<string, number> = { '': 1, b: 1, k: 1_024, m: 1_024 ** 2, g: 1_024 ** 3 };

/** Parses a number of bytes, with or without a unit (k, kb or KiB, and so on: powers of 1,024); 1 GiB at most. */
export const bytes = (value: string): number => {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(b|[kmg](?:i?b)?|)$/i.exec(value.trim()) ?? [];
  const size = Math.floor(Number(number) * (units[unit.toLowerCase().slice(0, 1)] ?? 1));
  if (number === undefined || size < 1 || size > 1_024 ** 3) {
    throw new Error('must be a number of bytes from 1 to 1GiB, such as 1000000, 10mb or 32MiB');
  }
  return size;
};

export const oneOf =
  <T extends string>(...names: T[]) =>
  (value: string): T => {
    const found = names.find(name => name === value.toLowerCase());
    if (found === undefined) throw new Error(`must be one of ${names.join(', ')}`);
    return found;
  };

export const boolean = (value: string): boolean => oneOf('true', 'false')(value) === 'true';

export const url =
  (...protocols: string[]) =>
  (value: string): string => {
    const protocol = URL.canParse(value) ? new URL(value).protocol.slice(0, -1) : undefined;
    if (protocol === undefined || !protocols.includes(protocol)) {
      throw new Error(`must be a URL that starts with ${protocols.map(name => `${name}://`).join(' or ')}`);
    }
    return value;
  };

/** The validator for a variable that may be empty, and then is undefined. */
export const optional =
  <T>(parse: (text: string) => T) =>
  (value: string): T | undefined =>
    value === '' ? undefined : parse(value);

/** Raised for settings that can't be used; its message has a line for each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

function read<T>(item: Setting<T>, env: NodeJS.ProcessEnv, problems: string[]): T | undefined {
  const trimmed = env[item.name]?.trim();
  const given = trimmed === '' && !item.mayBeEmpty ? undefined : trimmed;
  const value = given ?? (typeof item.fallback === 'string' ? item.fallback : item.fallback());
  try {
    return item.parse(value);
  } catch (error) {
    const which =
      item.secret || given === undefined ? item.name : `${item.name}=${JSON.stringify(masked(given))}`;
    problems.push(`${which} ${(error as Error).message}`);
    return undefined;
  }
}

export type Values<Table extends Record<string, Setting<unknown>>> = {
  -readonly [K in keyof Table]: ReturnType<Table[K]['parse']>;
};

/**
 * Reads every setting of a table from the environment.
 * @throws ConfigError with a line for each setting that can't be used
 */
export function readSettings<Table extends Record<string, Setting<unknown>>>(
  table: Table,
  env: NodeJS.ProcessEnv,
): Values<Table> {
  const problems: string[] = [];
  const entries = Object.entries(table).map(([key, item]) => [key, read(item, env, problems)]);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.fromEntries(entries) as Values<Table>;
}
