/** Attributes of OTLP's JSON as Jaeger's tags. */
import type { JaegerTag } from '../diagnosis/jaeger.ts';
import { each, isObject, type JsonObject, TraceFormatError, textField, wrongField } from './trace-format.ts';

/** An attribute's value, `{"stringValue": "…"}`; empty where none of the kinds is given. */
export type OtlpValue = JsonObject;

/** The field of a message, by its name in JSON or, as protobuf's mapping allows, the one in the schema. */
export function field(message: JsonObject, name: string): unknown {
  const value = message[name];
  if (value !== undefined) return value;
  let schemaName = schemaNames.get(name);
  if (schemaName === undefined) {
    schemaName = name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    schemaNames.set(name, schemaName);
  }
  return message[schemaName];
}

const schemaNames = new Map<string, string>();

const attribute = { name: 'attributes', what: 'attribute' };
const listed = { name: 'values', what: 'value' };

export const readTags = (attributes: unknown): JaegerTag[] => each(attributes, attribute, toTag);

/** The value of the first attribute with this key. */
export function attributeOf(attributes: unknown, key: string): OtlpValue | undefined {
  const found = Array.isArray(attributes)
    ? attributes.find(each => isObject(each) && each['key'] === key)
    : undefined;
  return found === undefined ? undefined : attributeValue(found);
}

function attributeValue(attribute: JsonObject): OtlpValue {
  const value = field(attribute, 'value') ?? {};
  if (!isObject(value)) throw wrongField('value', value, 'an object such as {"stringValue": "…"}');
  return value;
}

const toTag = (attribute: JsonObject): JaegerTag =>
  tagOf(textField('key', field(attribute, 'key')), attributeValue(attribute));

/** The tag; lists and maps become JSON text. Numbers that JavaScript has no exact value for are left as text. */
export function tagOf(key: string, value: OtlpValue): JaegerTag {
  const [kind, sent] = kindOf(value);
  switch (kind) {
    case 'boolValue':
      return { key, type: 'bool', value: sent === true || sent === 'true' };
    case 'intValue': {
      const number = Number(sent);
      return { key, type: 'int64', value: Number.isSafeInteger(number) ? number : String(sent) };
    }
    case 'doubleValue': {
      const number = Number(sent);
      return { key, type: 'float64', value: Number.isFinite(number) ? number : String(sent) };
    }
    case 'bytesValue':
      return { key, type: 'binary', value: sent === '' ? null : String(sent) };
    case 'arrayValue':
    case 'kvlistValue':
      return { key, type: 'string', value: jsonText(value, 0) ?? '' };
    default:
      return { key, type: 'string', value: kind === undefined ? '' : String(sent) };
  }
}

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

function kindOf(value: OtlpValue): [kind: ValueKind | undefined, sent: unknown] {
  for (const kind of valueKinds) {
    const sent = field(value, kind);
    if (sent === undefined || sent === null) continue;
    const nests = kind === 'arrayValue' || kind === 'kvlistValue';
    const fits = nests ? isObject(sent) : typeof sent !== 'object';
    if (!fits) throw wrongField(kind, sent, nests ? 'an object' : 'a single value');
    return [kind, sent];
  }
  return [undefined, undefined];
}

/** What is deeper is no attribute; the limit keeps reading it off the stack's end. */
const deepest = 64;

/** JSON as the OpenTelemetry Collector writes it: keys in order; undefined where a number has no JSON. */
function jsonText(value: OtlpValue, depth: number): string | undefined {
  if (depth > deepest) throw new TraceFormatError(`an attribute's value is nested deeper than ${deepest}`);
  const [kind, sent] = kindOf(value);
  switch (kind) {
    case undefined:
      return 'null';
    case 'arrayValue': {
      const items = each(field(sent as JsonObject, 'values'), listed, item => jsonText(item, depth + 1));
      return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
    }
    case 'kvlistValue':
      return mapText(sent as JsonObject, depth);
    case 'intValue':
      return String(sent);
    case 'boolValue':
    case 'doubleValue': {
      const { value: plain } = tagOf('', value);
      return typeof plain === 'string' ? undefined : String(plain);
    }
    default:
      return quoted(String(sent));
  }
}

function mapText(map: JsonObject, depth: number): string | undefined {
  const members = new Map<string, OtlpValue>();
  each(field(map, 'values'), listed, entry => {
    members.set(textField('key', field(entry, 'key')), attributeValue(entry));
  });
  const texts: string[] = [];
  for (const [key, value] of [...members].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = jsonText(value, depth + 1);
    if (text === undefined) return undefined;
    texts.push(`${quoted(key)}:${text}`);
  }
  return `{${texts.join(',')}}`;
}

/** Go escapes HTML's characters in JSON. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[<>&\u2028\u2029]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
