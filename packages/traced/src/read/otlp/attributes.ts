/** OTLP's attributes as Jaeger's tags, as the OpenTelemetry Collector's translator to Jaeger makes them. */
import type { ListName, Reading } from '../reading.ts';
import { compareText, type Tag } from '../span.ts';
import { isObject, type JsonObject, TraceFormatError, wrongField } from '../trace-format.ts';
import { child, type Encoding, listOf, type OtlpText, readableText } from './encoding.ts';

const attribute: ListName = { name: 'attributes', what: 'tag' };
const listed: ListName = { name: 'values', what: 'value' };

/** An attribute's value deeper than this is none; the limit keeps reading it off the stack's end. */
const deepest = 64;

const valueKinds = [
  'stringValue',
  'intValue',
  'boolValue',
  'doubleValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
] as const;

type ValueKind = (typeof valueKinds)[number];

export class Attributes {
  readonly #encoding: Encoding;
  readonly #reading: Reading;

  constructor(encoding: Encoding, reading: Reading) {
    this.#encoding = encoding;
    this.#reading = reading;
  }

  /** Where text is not UTF-8, Jaeger keeps its bytes: a value as binary, a key in a binary value of its own. */
  tags(parent: JsonObject): Tag[] {
    const unreadable: Tag[] = [];
    const tags = this.#reading.each(listOf(this.#encoding, parent, 'attributes'), attribute, item => {
      const key = this.#key(item);
      if (typeof key === 'string') return this.#tag(key, child(this.#encoding, item, 'value'));
      const tag = this.#tag('', child(this.#encoding, item, 'value'));
      const value = tag.type === 'binary' ? tag.value : new TextEncoder().encode(String(tag.value));
      unreadable.push({
        key: `invalid-tag-key-${unreadable.length + 1}`,
        type: 'binary',
        value: Uint8Array.from([...key, colon, ...value]),
      });
      return undefined;
    });
    if (unreadable.length === 0) return tags as Tag[];
    return [...tags.filter(tag => tag !== undefined), ...unreadable];
  }

  /** Of an event: text that is not UTF-8 is made readable. */
  fields(parent: JsonObject): Tag[] {
    return this.#reading.each(listOf(this.#encoding, parent, 'attributes'), attribute, item => {
      const value = child(this.#encoding, item, 'value');
      const key = readableText(this.#key(item));
      const tag = this.#tag(key, value);
      const isText = tag.type === 'binary' && this.kindOf(value) === 'stringValue';
      return isText ? { key, type: 'string', value: readableText(tag.value) } : tag;
    });
  }

  /** The value of the first attribute with this key; undefined where there is none. */
  valueOf(parent: JsonObject, key: string): JsonObject | undefined {
    const list = this.#encoding.field(parent, 'attributes');
    if (!Array.isArray(list)) return undefined;
    const found = list.find(item => isObject(item) && readableText(this.#key(item)) === key);
    return found === undefined ? undefined : child(this.#encoding, found, 'value');
  }

  /** Undefined where none is given. */
  kindOf(value: JsonObject): ValueKind | undefined {
    for (const kind of valueKinds) {
      const sent = this.#encoding.field(value, kind);
      if (sent !== undefined && sent !== null) return kind;
    }
    return undefined;
  }

  /** A value as text; that of a list in `items`, one by one. */
  texts(value: JsonObject): string[] {
    if (this.kindOf(value) !== 'arrayValue') return [this.#text(value)];
    const list = listOf(this.#encoding, this.#message(value, 'arrayValue'), 'values');
    return this.#reading.each(list, listed, item =>
      this.kindOf(item) === 'stringValue' ? this.#text(item) : '',
    );
  }

  #key(item: JsonObject): OtlpText {
    const key = this.#encoding.field(item, 'key');
    return key === undefined || key === null ? '' : this.#encoding.text(key, 'key');
  }

  /** Lists and maps become JSON text. */
  #tag(key: string, value: JsonObject): Tag {
    const kind = this.kindOf(value);
    if (kind === undefined) return { key, type: 'string', value: '' };
    const sent = this.#encoding.field(value, kind);
    switch (kind) {
      case 'stringValue': {
        const text = this.#encoding.text(sent, kind);
        return typeof text === 'string'
          ? { key, type: 'string', value: text }
          : { key, type: 'binary', value: text };
      }
      case 'boolValue':
        return { key, type: 'bool', value: this.#encoding.boolean(sent, kind) };
      case 'intValue':
        return { key, type: 'int64', value: this.#encoding.integer(sent, true, kind) };
      case 'doubleValue':
        return { key, type: 'float64', value: this.#encoding.double(sent, kind) };
      case 'bytesValue':
        return { key, type: 'binary', value: this.#encoding.bytes(sent, kind) };
      default:
        return { key, type: 'string', value: this.#json(value, 0) ?? '' };
    }
  }

  #text(value: JsonObject): string {
    const tag = this.#tag('', value);
    if (tag.type !== 'binary') return String(tag.value);
    return this.kindOf(value) === 'bytesValue' ? base64(tag.value) : readableText(tag.value);
  }

  /** JSON as Go writes it: keys in order, HTML's characters escaped; undefined where a number has no JSON. */
  #json(value: JsonObject, depth: number): string | undefined {
    if (depth > deepest) throw new TraceFormatError(`an attribute's value is nested deeper than ${deepest}`);
    const kind = this.kindOf(value);
    switch (kind) {
      case undefined:
        return 'null';
      case 'arrayValue':
        return this.#listJson(this.#message(value, kind), depth);
      case 'kvlistValue':
        return this.#mapJson(this.#message(value, kind), depth);
      case 'doubleValue': {
        const number = this.#encoding.double(this.#encoding.field(value, kind), kind);
        if (!Number.isFinite(number)) return undefined;
        return Object.is(number, -0) ? '-0' : String(number);
      }
      case 'stringValue':
      case 'bytesValue':
        return quoted(this.#text(value));
      default:
        return this.#text(value);
    }
  }

  #listJson(list: JsonObject, depth: number): string | undefined {
    const items = this.#reading.each(listOf(this.#encoding, list, 'values'), listed, item =>
      this.#json(item, depth + 1),
    );
    return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
  }

  #mapJson(map: JsonObject, depth: number): string | undefined {
    const members = new Map<string, string | undefined>();
    this.#reading.each(listOf(this.#encoding, map, 'values'), listed, entry => {
      const key = readableText(this.#key(entry));
      members.set(key, this.#json(child(this.#encoding, entry, 'value'), depth + 1));
    });
    const sorted = [...members].sort(([a], [b]) => compareText(a, b));
    if (sorted.some(([, json]) => json === undefined)) return undefined;
    return `{${sorted.map(([key, json]) => `${quoted(key)}:${json}`).join(',')}}`;
  }

  #message(value: JsonObject, name: string): JsonObject {
    const sent = this.#encoding.field(value, name);
    if (!isObject(sent)) throw wrongField(name, sent, 'an object');
    return sent;
  }
}

const colon = ':'.charCodeAt(0);

const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
