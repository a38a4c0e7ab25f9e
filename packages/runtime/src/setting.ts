/** How a program reads its environment: each variable with a name, a default, a validator and a meaning. */

export { namespace } from './kubernetes.ts';

export interface Setting<T> {
  /** The environment variable. */
  name: string;
  /** Used where the variable is unset or empty; a function where it depends on the machine or on other variables. */
  fallback: string | ((env: NodeJS.ProcessEnv) => string);
  /** How the README prints a computed default. */
  shown?: string;
  /** Turns the variable's text into its value, or throws what is wrong with it: "must be …". */
  parse: (text: string) => T;
  meaning: string;
  /** Whether the empty value has a meaning of its own, such as an empty list. */
  emptyIsValue?: boolean;
  /** Its value may hold a password and is not repeated in errors. */
  secret?: boolean;
}

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

/** One of these words, in any letter case. */
export const oneOf =
  <T extends string>(...names: T[]) =>
  (value: string): T => {
    const found = names.find(name => name === value.toLowerCase());
    if (found === undefined) throw new Error(`must be one of ${names.join(', ')}`);
    return found;
  };

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

/** How a message shows a variable and its value: without a login. */
export const assignment = (name: string, value: string): string =>
  `${name}=${JSON.stringify(value.replace(/\/\/[^/?#]*@/, '//…@'))}`;

function read<T>(item: Setting<T>, env: NodeJS.ProcessEnv, problems: string[]): T | undefined {
  const trimmed = env[item.name]?.trim();
  const given = trimmed === '' && !item.emptyIsValue ? undefined : trimmed;
  const value = given ?? (typeof item.fallback === 'string' ? item.fallback : item.fallback(env));
  try {
    return item.parse(value);
  } catch (error) {
    const which = item.secret || given === undefined ? item.name : assignment(item.name, given);
    problems.push(`${which} ${(error as Error).message}`);
    return undefined;
  }
}

export type Values<Table extends Record<string, Setting<unknown>>> = {
  -readonly [K in keyof Table]: ReturnType<Table[K]['parse']>;
};

/**
 * Reads every setting of a table from the environment; a variable that is empty counts as unset.
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
