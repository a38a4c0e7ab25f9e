/** Where a backend is, and what is sent to it to be let in. */
import { InputError } from './input-error.ts';

/** How the options and the environment say which backend is read. */
export interface BackendOptions {
  /** Its address. */
  jaeger: string;
  /** For each of its responses, µs. */
  timeout: number;
  /** More headers, `Name: value`. */
  header?: readonly string[];
}

export interface BackendAddress {
  /** Ends with a slash, and has neither a login nor a query. */
  url: URL;
  headers: Record<string, string>;
}

/**
 * The address taken apart, with the headers that are sent there: its login or, where it has none, the token in
 * `JAEGER_TOKEN`, and those of `--header`. The token is only for the backend that `--jaeger` names.
 * @param at the address, where it is not that of `--jaeger`
 * @throws InputError, in which no header's value is
 */
export function backendAddress({ jaeger, header = [] }: BackendOptions, at = jaeger): BackendAddress {
  const { url, headers } = parseAddress(at);
  const named = Object.assign({}, ...header.map(parseHeader));
  const isLoggedIn = [...Object.keys(headers), ...Object.keys(named)].some(isAuthorization);
  const isConfigured = at === jaeger || url.origin === parseAddress(jaeger).url.origin;
  const login = isLoggedIn || !isConfigured ? {} : tokenHeader();
  return { url, headers: { ...headers, ...login, ...named } };
}

const isAuthorization = (name: string): boolean => name.toLowerCase() === 'authorization';

function tokenHeader(): Record<string, string> {
  const token = process.env['JAEGER_TOKEN']?.trim() ?? '';
  if (token === '') return {};
  if (!/^[!-~]+$/.test(token))
    throw new InputError('JAEGER_TOKEN is not a token: it has blanks or line breaks in it');
  return { Authorization: `Bearer ${token}` };
}

/** The value is in no message: it may be a secret. */
function parseHeader(text: string): Record<string, string> {
  const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*:\s*([\t\x20-\x7e]*?)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InputError("write a header as 'Name: value', in ASCII: --header 'X-Scope-OrgID: team-a'");
  return { [name]: value };
}

/**
 * An address taken apart: `fetch` takes no name and password in a URL, and messages must not show them.
 * @throws InputError
 */
export function parseAddress(address: string): BackendAddress {
  const url = urlOf(address.trim());
  if (url === undefined) {
    throw new InputError(
      'Jaeger’s address must look like http://localhost:16686 or https://example.com/jaeger',
    );
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/*$/, '/');
  const login = `${unescaped(username)}:${unescaped(password)}`;
  const headers = login === ':' ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return { url, headers: { Accept: 'application/json', ...headers } };
}

/** `URL` would read `http:/x` and `http:\\x` as it reads `http://x`; with a scheme in front, the host is `http`. */
function urlOf(address: string): URL | undefined {
  if (/^https?:(?!\/\/)/i.test(address)) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
