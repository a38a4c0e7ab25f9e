/**
 * A Jaeger's query API, version 3 or, where there is none, the one before, with responses and failures made into traces
 * and sentences.
 */
import { STATUS_CODES } from 'node:http';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { readTraces, TraceFormatError } from '../read/index.ts';
import { checkJsonSize } from '../read/json-size.ts';
import { isObject } from '../read/trace-format.ts';
import type { BackendAddress } from './backend-address.ts';
import { type HttpResponse, httpGet } from './http-get.ts';
import { InputError, listed } from './input-error.ts';
import { errorOf, isV3, searchPath } from './jaeger-v3.ts';

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

/** Where the beginning of an id is looked for: no backend can look it up. */
const mostServices = 20;
const mostLatest = 100;
const shortestPrefix = 4;
/** µs by which a host's clock may be ahead of ours. */
const clockSkew = 60e6;

export class Jaeger {
  /** Without name and password, to be shown. */
  readonly address: string;
  readonly #at: BackendAddress;
  readonly #timeout: number;
  /** Whether it has shown that it has no API v3. */
  #isLegacy: boolean;

  /** @param timeout of each request with its response, ms */
  constructor(at: BackendAddress, timeout: number, isLegacy = false) {
    this.#at = at;
    this.#timeout = timeout;
    this.#isLegacy = isLegacy;
    this.address = at.url.href.replace(/\/$/, '');
  }

  /** The same Jaeger, of which no response is waited for longer than this, ms. */
  within(timeout: number): Jaeger {
    return new Jaeger(this.#at, Math.min(timeout, this.#timeout), this.#isLegacy);
  }

  /** Rejects with a JaegerError, `isNotFound` where there is no such trace. */
  async trace(id: string): Promise<JaegerTrace> {
    const notFound = new JaegerError(`there is no trace ${id} at ${this.address}`, true);
    const text = await this.#get(`traces/${encodeURIComponent(id)}`, 'result').catch((error: JaegerError) => {
      throw error.isNotFound ? notFound : error;
    });
    const [trace] = this.#tracesIn(text);
    if (trace === undefined) throw notFound;
    return trace;
  }

  /**
   * The trace whose id is this or, where none is, begins with it: among the latest traces of a few services.
   * Rejects with a JaegerError, `isNotFound` where there is none.
   * @param since µs
   */
  async traceBeginningWith(id: string, since: number): Promise<JaegerTrace> {
    try {
      return await this.trace(id);
    } catch (error) {
      const isShort = id.length >= shortestPrefix && ![16, 32].includes(id.length);
      if (!(error instanceof JaegerError) || !error.isNotFound || !isShort) throw error;
      const found = await this.#beginningWith(id.toLowerCase(), since);
      if (found.length === 0) throw error;
      if (found.length > 1) {
        const ids = listed(found.map(({ traceID }) => traceID));
        throw new JaegerError(
          `${found.length} traces at ${this.address} have an id that begins with "${id}": ${ids}`,
        );
      }
      // A search may have found it before all of its spans were there.
      return this.trace((found[0] as JaegerTrace).traceID);
    }
  }

  async #beginningWith(id: string, since: number): Promise<JaegerTrace[]> {
    const end = Date.now() * 1_000 + clockSkew;
    const found = new Map<string, JaegerTrace>();
    for (const service of (await this.services()).slice(0, mostServices)) {
      const search = { service, tags: {}, start: end - since, end, limit: mostLatest };
      for (const trace of await this.traces(search))
        if (trace.traceID.toLowerCase().startsWith(id)) found.set(trace.traceID, trace);
    }
    return [...found.values()];
  }

  /** The latest first. Rejects with a JaegerError. */
  async traces(search: Search): Promise<JaegerTrace[]> {
    const legacy = `traces?${searchParameters(search)}`;
    const path = Object.keys(search.tags).length > 0 ? undefined : searchPath(search);
    const text = await this.#get(path, 'result', legacy).catch((error: JaegerError) => {
      if (error.isNotFound && path !== undefined && !this.#isLegacy) return '{"data":[]}';
      throw error;
    });
    return this.#tracesIn(text).sort((a, b) => startOf(b) - startOf(a));
  }

  /** Rejects with a JaegerError. */
  async services(): Promise<string[]> {
    return this.#namesIn(await this.#get('services', 'services'), 'services');
  }

  /** Rejects with a JaegerError. */
  async operations(service: string): Promise<string[]> {
    const name = encodeURIComponent(service);
    const text = await this.#get(`operations?service=${name}`, 'operations', `services/${name}/operations`);
    return [...new Set(this.#namesIn(text, 'operations'))];
  }

  /** The response to a path of the API v3, if there is one, else to that of the API before. */
  async #get(v3: string | undefined, field: Parameters<typeof isV3>[1], legacy = v3): Promise<string> {
    if (v3 !== undefined && !this.#isLegacy) {
      const { status, text } = await this.#fetch(`api/v3/${v3}`);
      const json = parsed(text);
      const isIts = isV3(json, field);
      const error = isIts ? errorOf(json) : undefined;
      if (error !== undefined) throw this.#said(error.message, error.status);
      if (isIts && status === 200) return text;
      this.#isLegacy = true;
    }
    const { status, text } = await this.#fetch(`api/${legacy}`);
    if (status === 200) return text;
    const said = envelopeError(text);
    throw said === undefined ? this.#answered(status, hint(status)) : this.#said(said, status);
  }

  /** Rejects where the response is a redirect that is not followed, or one that a login would change. */
  async #fetch(path: string): Promise<HttpResponse> {
    const { url, headers } = this.#at;
    const options = { headers, timeout: this.#timeout };
    const response = await httpGet(new URL(path, url), options).catch((error: Error) => {
      throw new JaegerError(`could not ask Jaeger at ${this.address}: ${error.message}`);
    });
    const { status, location } = response;
    if (status < 300 || status >= 400 || location === undefined) return response;
    const to = `a redirect to ${location.slice(0, 500)}`;
    throw this.#answered(status, `, ${to}: give that address if the login may be sent there`);
  }

  #said(message: string, status: number): JaegerError {
    return new JaegerError(`Jaeger at ${this.address} says: ${message}`, status === 404);
  }

  #answered(status: number, hint: string): JaegerError {
    return new JaegerError(`${this.address} responded with ${status} ${STATUS_CODES[status] ?? ''}${hint}`);
  }

  #tracesIn(text: string): JaegerTrace[] {
    if (isPage(text)) throw this.#notJaeger(aPage);
    try {
      return readTraces(text);
    } catch (error) {
      throw error instanceof TraceFormatError ? this.#notJaeger(error.message) : error;
    }
  }

  /** Those in the field or, as before version 3, in `data`, which is null for none. */
  #namesIn(text: string, field: 'services' | 'operations'): string[] {
    const json = parsed(text) as Record<string, unknown> | null | undefined;
    if (json === undefined) throw this.#notJaeger(isPage(text) ? aPage : 'it sent no JSON');
    const list = json?.[field] ?? json?.['data'] ?? [];
    if (!Array.isArray(list)) throw this.#notJaeger('it sent no list of names');
    return list.map(each => (isObject(each) ? each['name'] : each)).filter(name => typeof name === 'string');
  }

  #notJaeger(reason: string): JaegerError {
    return new JaegerError(`${this.address} does not respond like a Jaeger: ${reason}`);
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
