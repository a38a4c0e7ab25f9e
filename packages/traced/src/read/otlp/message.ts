/**
 * An OTLP ExportTraceServiceRequest, read from either encoding into one shape. The two encodings differ only
 * in how they write scalars, which each hands in as `Scalars`; the structure is walked here.
 */

import { LimitError, MAX_SPANS, MAX_VALUES } from '../../dev/traces/limits.ts';

/** The request's body is not OTLP; the message says where and why. */
export class OtlpError extends Error {
  override name = 'OtlpError';
}

/** Text, or the bytes that were sent in its place where those are not UTF-8. */
export type OtlpText = string | Uint8Array;

export type OtlpValue =
  | { type: 'empty' }
  | { type: 'text'; value: OtlpText }
  | { type: 'bool'; value: boolean }
  | { type: 'int'; value: bigint }
  | { type: 'double'; value: number }
  | { type: 'bytes'; value: Uint8Array }
  | { type: 'list'; value: OtlpValue[] }
  | { type: 'map'; value: OtlpAttribute[] };

export interface OtlpAttribute {
  key: OtlpText;
  value: OtlpValue;
}

export interface OtlpSpan {
  /** 32 and 16 hexadecimal digits; all zero where none was sent. */
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: OtlpText;
  kind: number;
  /** Nanoseconds since the Unix epoch, unsigned. */
  startTime: bigint;
  endTime: bigint;
  attributes: OtlpAttribute[];
  events: { time: bigint; name: string; attributes: OtlpAttribute[] }[];
  links: { traceId: string; spanId: string; attributes: OtlpAttribute[] }[];
  status: { code: number; message: string };
}

export interface OtlpResourceSpans {
  attributes: OtlpAttribute[];
  scopes: { name: string; version: string; spans: OtlpSpan[] }[];
}

export type OtlpMessage = Record<string, unknown>;

/** How an encoding writes scalars; each throws `OtlpError` with `path` for what it cannot read. */
export interface Scalars {
  field(message: OtlpMessage, name: string): unknown;
  id(value: unknown, bytes: 8 | 16, path: string): string;
  integer(value: unknown, signed: boolean, path: string): bigint;
  double(value: unknown, path: string): number;
  text(value: unknown, path: string): OtlpText;
  bytes(value: unknown, path: string): Uint8Array;
  enumeration(value: unknown, names: readonly string[], path: string): number;
}

// An attribute's value deeper than this is no attribute; the limit keeps reading it off the stack's end.
const MAX_VALUE_DEPTH = 64;

const VALUE_KINDS = [
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
] as const;

const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  kind => `SPAN_KIND_${kind}`,
);
const STATUS_CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/** Walks a request that was parsed by either encoding. Throws `OtlpError`. */
export function readRequest(request: unknown, scalars: Scalars): OtlpResourceSpans[] {
  return new MessageReader(scalars).resourceSpans(request);
}

class MessageReader {
  #scalars: Scalars;
  #spans = 0;
  #values = 0;

  constructor(scalars: Scalars) {
    this.#scalars = scalars;
  }

  resourceSpans(request: unknown): OtlpResourceSpans[] {
    return this.#each(message(request, 'request'), 'resourceSpans', 'request', (item, path) => ({
      attributes: this.#attributes(this.#child(item, 'resource', path), `${path}.resource`),
      scopes: this.#each(item, 'scopeSpans', path, (scopeSpans, scopePath) => {
        const scope = this.#child(scopeSpans, 'scope', scopePath);
        return {
          name: this.#text(scope, 'name', `${scopePath}.scope`),
          version: this.#text(scope, 'version', `${scopePath}.scope`),
          spans: this.#each(scopeSpans, 'spans', scopePath, (span, spanPath) => this.#span(span, spanPath)),
        };
      }),
    }));
  }

  #span(span: OtlpMessage, path: string): OtlpSpan {
    if (++this.#spans > MAX_SPANS) throw new LimitError(`too many spans, at most ${MAX_SPANS} are read`);
    const status = this.#child(span, 'status', path);
    return {
      traceId: this.#id(span, 'traceId', 16, path),
      spanId: this.#id(span, 'spanId', 8, path),
      parentSpanId: this.#id(span, 'parentSpanId', 8, path),
      traceState: this.#text(span, 'traceState', path),
      name: this.#rawText(span, 'name', path),
      kind: this.#enumeration(span, 'kind', SPAN_KINDS, path),
      startTime: this.#time(span, 'startTimeUnixNano', path),
      endTime: this.#time(span, 'endTimeUnixNano', path),
      attributes: this.#attributes(span, path),
      events: this.#each(span, 'events', path, (event, eventPath) => ({
        time: this.#time(event, 'timeUnixNano', eventPath),
        name: this.#text(event, 'name', eventPath),
        attributes: this.#attributes(event, eventPath),
      })),
      links: this.#each(span, 'links', path, (link, linkPath) => ({
        traceId: this.#id(link, 'traceId', 16, linkPath),
        spanId: this.#id(link, 'spanId', 8, linkPath),
        attributes: this.#attributes(link, linkPath),
      })),
      status: {
        code: this.#enumeration(status, 'code', STATUS_CODES, `${path}.status`),
        message: this.#text(status, 'message', `${path}.status`),
      },
    };
  }

  #attributes(parent: OtlpMessage, path: string, name = 'attributes', depth = 0): OtlpAttribute[] {
    return this.#each(parent, name, path, (attribute, attributePath) => ({
      key: this.#rawText(attribute, 'key', attributePath),
      value: this.#value(this.#child(attribute, 'value', attributePath), `${attributePath}.value`, depth),
    }));
  }

  #value(value: OtlpMessage, path: string, depth: number): OtlpValue {
    if (depth > MAX_VALUE_DEPTH) throw new OtlpError(`${path}: nested deeper than ${MAX_VALUE_DEPTH}`);
    const kind = VALUE_KINDS.find(name => this.#scalars.field(value, name) != null);
    if (kind === undefined) return { type: 'empty' };
    const sent = this.#scalars.field(value, kind);
    const at = `${path}.${kind}`;
    switch (kind) {
      case 'stringValue':
        return { type: 'text', value: this.#scalars.text(sent, at) };
      case 'boolValue':
        if (typeof sent !== 'boolean') throw new OtlpError(`${at}: expected true or false`);
        return { type: 'bool', value: sent };
      case 'intValue':
        return { type: 'int', value: this.#scalars.integer(sent, true, at) };
      case 'doubleValue':
        return { type: 'double', value: this.#scalars.double(sent, at) };
      case 'bytesValue':
        return { type: 'bytes', value: this.#scalars.bytes(sent, at) };
      case 'arrayValue':
        return { type: 'list', value: this.#list(message(sent, at), at, depth) };
      case 'kvlistValue':
        return { type: 'map', value: this.#attributes(message(sent, at), at, 'values', depth + 1) };
    }
  }

  #list(array: OtlpMessage, path: string, depth: number): OtlpValue[] {
    return this.#each(array, 'values', path, (item, itemPath) => this.#value(item, itemPath, depth + 1));
  }

  #each<Item>(
    parent: OtlpMessage,
    name: string,
    path: string,
    read: (item: OtlpMessage, path: string) => Item,
  ): Item[] {
    const list = this.#scalars.field(parent, name) ?? [];
    if (!Array.isArray(list)) throw new OtlpError(`${path}.${name}: expected a list`);
    this.#values += list.length;
    if (this.#values > MAX_VALUES)
      throw new LimitError(`${this.#values} values, at most ${MAX_VALUES} are read`);
    return list.map((item, i) => {
      const itemPath = `${path}.${name}[${i}]`;
      return read(message(item ?? {}, itemPath), itemPath);
    });
  }

  #child(parent: OtlpMessage, name: string, path: string): OtlpMessage {
    return message(this.#scalars.field(parent, name) ?? {}, `${path}.${name}`);
  }

  #id(parent: OtlpMessage, name: string, bytes: 8 | 16, path: string): string {
    const sent = this.#scalars.field(parent, name);
    return sent == null ? '0'.repeat(bytes * 2) : this.#scalars.id(sent, bytes, `${path}.${name}`);
  }

  #time(parent: OtlpMessage, name: string, path: string): bigint {
    const sent = this.#scalars.field(parent, name);
    return sent == null ? 0n : this.#scalars.integer(sent, false, `${path}.${name}`);
  }

  #enumeration(parent: OtlpMessage, name: string, names: readonly string[], path: string): number {
    const sent = this.#scalars.field(parent, name);
    return sent == null ? 0 : this.#scalars.enumeration(sent, names, `${path}.${name}`);
  }

  #rawText(parent: OtlpMessage, name: string, path: string): OtlpText {
    const sent = this.#scalars.field(parent, name);
    return sent == null ? '' : this.#scalars.text(sent, `${path}.${name}`);
  }

  #text(parent: OtlpMessage, name: string, path: string): string {
    return readableText(this.#rawText(parent, name, path));
  }
}

/** The text itself, or with a replacement character for each byte sequence that is not UTF-8. */
export function readableText(text: OtlpText): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
}

function message(value: unknown, path: string): OtlpMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OtlpError(`${path}: expected an object`);
  }
  return value as OtlpMessage;
}
