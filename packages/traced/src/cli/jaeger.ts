/** A Jaeger's query API, 1.x or 2.x, with answers and failures made into traces and sentences. */
import { STATUS_CODES } from 'node:http';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { readTraces, TraceFormatError } from '../read/index.ts';
import { checkJsonSize } from '../read/json-size.ts';
import type { BackendAddress } from './backend-address.ts';
import { httpGet } from './http-get.ts';
import { InputError } from './input-error.ts';

/** What traces are looked for; times in µs, `start` and `end` since the Unix epoch. */
export interface Search {
  service: string;
  operation?: string;
  tags: Record<string, string>;
  minDuration?: number;
  maxDuration?: number;
  start: number;
  end: number;
  limit: number;
}

/** Jaeger could not be asked, or had no use for the question. */
export class JaegerError extends InputError {
  override name = 'JaegerError';
  /** Whether Jaeger itself said, in its own form, that it has no such thing. */
  readonly isNotFound: boolean;

  constructor(message: string, isNotFound = false) {
    super(message);
    this.isNotFound = isNotFound;
  }
}

export class Jaeger {
  /** Without name and password, to be shown. */
  readonly address: string;
  readonly #at: BackendAddress;
  readonly #timeout: number;

  /** @param timeout of each request with its response, ms */
  constructor(at: BackendAddress, timeout: number) {
    this.#at = at;
    this.#timeout = timeout;
    this.address = at.url.href.replace(/\/$/, '');
  }

  /** The same Jaeger, of which no response is waited for longer than this, ms. */
  within(timeout: number): Jaeger {
    return new Jaeger(this.#at, Math.min(timeout, this.#timeout));
  }

  /** Rejects with a JaegerError, `isNotFound` where there is no such trace. */
  async trace(id: string): Promise<JaegerTrace> {
    const notFound = new JaegerError(`there is no trace ${id} at ${this.address}`, true);
    const text = await this.#get(`api/traces/${encodeURIComponent(id)}`).catch((error: JaegerError) => {
      throw error.isNotFound ? notFound : error;
    });
    const [trace] = this.#tracesIn(text);
    if (trace === undefined) throw notFound;
    return trace;
  }

  /** The latest first. Rejects with a JaegerError. */
  async traces(search: Search): Promise<JaegerTrace[]> {
    const traces = this.#tracesIn(await this.#get(`api/traces?${searchParameters(search)}`));
    return traces.sort((a, b) => startOf(b) - startOf(a));
  }

  /** Rejects with a JaegerError. */
  async services(): Promise<string[]> {
    return this.#namesIn(await this.#get('api/services'));
  }

  /** Rejects with a JaegerError. */
  async operations(service: string): Promise<string[]> {
    return this.#namesIn(await this.#get(`api/services/${encodeURIComponent(service)}/operations`));
  }

  async #get(path: string): Promise<string> {
    const { url, headers } = this.#at;
    const options = { headers, timeout: this.#timeout };
    const { status, text, location } = await httpGet(new URL(path, url), options).catch((error: Error) => {
      throw new JaegerError(`could not ask Jaeger at ${this.address}: ${error.message}`);
    });
    if (status === 200) return text;
    if (status >= 300 && status < 400 && location !== undefined) {
      const to = `a redirect to ${location.slice(0, 500)}`;
      throw this.#answered(status, `, ${to}: give that address if the login may be sent there`);
    }
    const said = envelopeError(text);
    if (said !== undefined) throw new JaegerError(`Jaeger at ${this.address} says: ${said}`, status === 404);
    throw this.#answered(status, hint(status));
  }

  #answered(status: number, hint: string): JaegerError {
    return new JaegerError(`${this.address} answered ${status} ${STATUS_CODES[status] ?? ''}${hint}`);
  }

  #tracesIn(text: string): JaegerTrace[] {
    if (isPage(text)) throw this.#notJaeger(aPage);
    try {
      return readTraces(text);
    } catch (error) {
      throw error instanceof TraceFormatError ? this.#notJaeger(error.message) : error;
    }
  }

  /** The list in `data`, which is null for none. */
  #namesIn(text: string): string[] {
    const answer = parsed(text) as { data?: unknown } | null | undefined;
    if (answer === undefined) {
      throw this.#notJaeger(isPage(text) ? aPage : 'it sent no JSON');
    }
    const data = answer?.data ?? [];
    if (!Array.isArray(data)) throw this.#notJaeger('it sent no list of names');
    return data.filter(name => typeof name === 'string');
  }

  #notJaeger(reason: string): JaegerError {
    return new JaegerError(`${this.address} does not answer as a Jaeger: ${reason}`);
  }
}

const isPage = (text: string): boolean => text.trimStart().startsWith('<');
const aPage = 'it sent a page. Does it want a login, or a base path, as in http://host/jaeger?';

const startOf = ({ spans }: JaegerTrace): number =>
  spans.reduce((least, { startTime }) => Math.min(least, startTime), Number.POSITIVE_INFINITY);

function searchParameters({ operation, tags, minDuration, maxDuration, ...search }: Search): URLSearchParams {
  const parameters = new URLSearchParams({ service: search.service });
  if (operation !== undefined) parameters.set('operation', operation);
  if (Object.keys(tags).length > 0) parameters.set('tags', JSON.stringify(tags));
  if (minDuration !== undefined) parameters.set('minDuration', `${minDuration}us`);
  if (maxDuration !== undefined) parameters.set('maxDuration', `${maxDuration}us`);
  for (const name of ['start', 'end', 'limit'] as const) parameters.set(name, String(search[name]));
  return parameters;
}

function hint(status: number): string {
  if (status === 401 || status === 403)
    return ': does it want a name and a password, https://name:password@host?';
  return status === 404 ? ', not as a Jaeger does: is a base path missing, as in http://host/jaeger?' : '';
}

/** What Jaeger says went wrong: `{"errors": [{"code", "msg"}]}`. */
function envelopeError(text: string): string | undefined {
  const { errors } = (parsed(text) ?? {}) as { errors?: { msg?: unknown }[] };
  const message = errors?.[0]?.msg;
  return typeof message === 'string' ? message.slice(0, 500) : undefined;
}

function parsed(text: string): unknown {
  try {
    checkJsonSize(text);
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
