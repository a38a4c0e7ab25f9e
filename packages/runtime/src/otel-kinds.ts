/** The kinds of value that OpenTelemetry's variables have (its specification, "Configuration: environment variables"). */
import { accessSync, constants } from 'node:fs';

export interface Kind {
  /** For the documentation. */
  shown: string;
  /**
   * @returns the value as everything that reads the variable understands it
   * @throws Error with what it must be
   */
  parse(value: string): string;
  /** Of a value that cannot be used as it is: the part that can. */
  usablePart?(value: string): string;
  /** Values for a test: one that can be used and some that cannot. */
  examples: { valid: string; invalid: string[] };
}

/** The longest that a timer of Node's takes, in ms. */
const mostMs = 2 ** 31 - 1;

const fail = (what: string): never => {
  throw new Error(`must be ${what}`);
};

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Kind {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  return {
    shown: `integer ${range}`,
    parse(value) {
      const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
      return number >= least && number <= most ? String(number) : fail(`a whole number ${range}`);
    },
    examples: { valid: '7', invalid: [String(least - 1), 'abc', '1.5', '9'.repeat(30)] },
  };
}

export const milliseconds = (least: number): Kind => ({
  ...integer(least, mostMs),
  shown: `ms, integer from ${least}`,
});

/** Only `true` is true, in any letter case; whatever else is false. */
export const boolean: Kind = {
  shown: 'boolean',
  parse(value) {
    const word = value.toLowerCase();
    return word === 'true' || word === 'false' ? word : fail('true or false');
  },
  examples: { valid: 'TRUE', invalid: ['1', 'yes', 'on'] },
};

export const oneOf = (...names: string[]): Kind => ({
  shown: names.join(', '),
  parse: value =>
    names.find(name => name === value.toLowerCase()) ??
    fail(names.length === 1 ? String(names[0]) : `one of ${names.join(', ')}`),
  examples: { valid: String(names[0]).toUpperCase(), invalid: ['no-such-value'] },
});

const elements = (value: string): string[] =>
  value
    .split(',')
    .map(element => element.trim())
    .filter(Boolean);

export const listOf = (...names: string[]): Kind => {
  const isKnown = (name: string) => names.includes(name.toLowerCase());
  return {
    shown: `list of ${names.join(', ')}`,
    parse: value =>
      elements(value).every(isKnown)
        ? elements(value).join(',').toLowerCase()
        : fail(`a list of ${names.join(', ')}`),
    usablePart: value => elements(value).filter(isKnown).join(',').toLowerCase(),
    examples: {
      valid: `${names[1]}, ${names[0]?.toUpperCase()}`,
      invalid: ['no-such-value', `${names[0]},no-such-value`],
    },
  };
};

export const text: Kind = {
  shown: 'text',
  parse: value => value,
  examples: { valid: 'some-text', invalid: [] },
};

export const url: Kind = {
  shown: 'http or https URL',
  parse: value =>
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
      ? value
      : fail('a URL that starts with http:// or https://'),
  examples: { valid: 'http://127.0.0.1:4318', invalid: ['collector', 'localhost:4317', 'ftp://127.0.0.1'] },
};

export const file: Kind = {
  shown: 'path of a file',
  parse(value) {
    try {
      accessSync(value, constants.R_OK);
      return value;
    } catch {
      return fail('the path of a file that can be read');
    }
  },
  examples: { valid: 'package.json', invalid: ['no/such/file.pem'] },
};

export const probability: Kind = {
  shown: 'number from 0 to 1',
  parse: value =>
    /^\+?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(value) && Number(value) <= 1
      ? value
      : fail('a number from 0 to 1'),
  examples: { valid: '0.25', invalid: ['1.1', '-0.1', 'half', 'NaN'] },
};

/** @throws URIError for what is no percent-encoding */
function pairOf(element: string): { key: string; value: string } {
  const [key = '', ...rest] = element.split('=');
  return { key: decodeURIComponent(key.trim()), value: decodeURIComponent(rest.join('=').trim()) };
}

/** Names and values as HTTP takes them (RFC 9110, 5.1 and 5.5). */
function isHeader(element: string): boolean {
  try {
    const { key, value } = pairOf(element);
    return /^[!#$%&'*+.^_`|~\w-]+$/.test(key) && /^[\t\x20-\x7e\x80-\xff]+$/.test(value);
  } catch {
    return false;
  }
}

export const headers: Kind = {
  shown: 'list of key=value',
  parse: value =>
    elements(value).every(isHeader)
      ? elements(value).join(',')
      : fail('a list of key=value, percent-encoded'),
  usablePart: value => elements(value).filter(isHeader).join(','),
  examples: { valid: 'api-key=a%20b,x=1', invalid: ['api-key', '=x', 'a=%', 'a=b,c=%0a'] },
};

function isAttribute(element: string): boolean {
  try {
    const { key, value } = pairOf(element);
    return key !== '' && element.split('=').length === 2 && key.length <= 255 && value.length <= 255;
  } catch {
    return false;
  }
}

/** One element that cannot be used discards all (its specification, "Resource SDK"). */
export const attributes: Kind = {
  shown: 'list of key=value',
  parse: value =>
    elements(value).every(isAttribute)
      ? elements(value).join(',')
      : fail('a list of key=value, percent-encoded, of at most 255 characters'),
  examples: {
    valid: 'deployment.environment.name=test,a=b%2Cc',
    invalid: ['a', '=b', 'a=b=c', 'a=%', `a=${'x'.repeat(256)}`],
  },
};
