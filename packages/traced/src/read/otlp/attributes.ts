/** OTLP attributes as Jaeger's tags. */
import { compareText, type Tag } from '../span.ts';
import { type OtlpAttribute, type OtlpText, type OtlpValue, readableText } from './message.ts';

export interface ReadableAttribute {
  key: string;
  value: OtlpValue & { wasText?: boolean };
}

/** Where text is not UTF-8, Jaeger keeps its bytes: a value as binary, a key in a binary value of its own. */
export function readableAttributes(attributes: OtlpAttribute[]): ReadableAttribute[] {
  const readable: ReadableAttribute[] = [];
  const unreadable: ReadableAttribute[] = [];
  for (const { key, value } of attributes) {
    const kept: ReadableAttribute['value'] =
      value.type === 'text' && typeof value.value !== 'string'
        ? { type: 'bytes', value: value.value, wasText: true }
        : value;
    if (typeof key === 'string') {
      readable.push({ key, value: kept });
    } else {
      const bytes = kept.type === 'bytes' ? kept.value : Buffer.from(valueText(kept));
      const both = Uint8Array.from(Buffer.concat([key, Buffer.from(':'), bytes]));
      unreadable.push({
        key: `invalid-tag-key-${unreadable.length + 1}`,
        value: { type: 'bytes', value: both },
      });
    }
  }
  return [...readable, ...unreadable];
}

/** The Jaeger tag of an attribute; lists and maps become JSON text. */
export function toTag({ key, value }: ReadableAttribute): Tag {
  switch (value.type) {
    case 'bool':
      return { key, type: 'bool', value: value.value };
    case 'int':
      return { key, type: 'int64', value: value.value };
    case 'double':
      return { key, type: 'float64', value: value.value };
    case 'bytes':
      return { key, type: 'binary', value: value.value };
    default:
      return { key, type: 'string', value: valueText(value) };
  }
}

/** An attribute's value as text, as the OpenTelemetry Collector writes it. */
export function valueText(value: OtlpValue): string {
  switch (value.type) {
    case 'empty':
      return '';
    case 'text':
      return readableText(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'list':
    case 'map':
      return jsonText(value) ?? '';
    default:
      return String(value.value);
  }
}

// JSON as Go writes it: keys in order, HTML's characters escaped; undefined where a number has no JSON.
function jsonText(value: OtlpValue): string | undefined {
  switch (value.type) {
    case 'empty':
      return 'null';
    case 'list': {
      const items = value.value.map(jsonText);
      return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
    }
    case 'map': {
      const entries = new Map(value.value.map(entry => [readableText(entry.key), entry.value]));
      const members = [...entries]
        .sort(([a], [b]) => compareText(a, b))
        .map(([key, entry]) => [quoted(key), jsonText(entry)] as const);
      if (members.some(([, json]) => json === undefined)) return undefined;
      return `{${members.map(([key, json]) => `${key}:${json}`).join(',')}}`;
    }
    case 'double':
      if (!Number.isFinite(value.value)) return undefined;
      return Object.is(value.value, -0) ? '-0' : String(value.value);
    case 'text':
    case 'bytes':
      return quoted(valueText(value));
    default:
      return valueText(value);
  }
}

function quoted(text: OtlpText): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
