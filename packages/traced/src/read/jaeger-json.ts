/** The JSON of Jaeger's query API and page, of 1.x and of 2.x: checked, and with what may be missing filled in. */
import type {
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTag,
  JaegerTrace,
} from '../diagnosis/jaeger.ts';
import type { JsonFormat } from './json-format.ts';
import type { Reading } from './reading.ts';
import {
  isObject,
  type JsonObject,
  numberField,
  object,
  shown,
  TraceFormatError,
  textField,
  wrongField,
} from './trace-format.ts';

export const jaegerJson: JsonFormat = {
  name: 'Jaeger’s JSON',
  isDocument: value => isObject(value) && Array.isArray(value['spans']),
  read: (value, reading, traces) => traces.addTrace(new JaegerReader(reading).trace(object(value))),
};

export class JaegerReader {
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  trace(trace: JsonObject): JaegerTrace {
    const first: unknown = Array.isArray(trace['spans']) ? trace['spans'][0] : undefined;
    const named = trace['traceID'] ?? (isObject(first) ? first['traceID'] : undefined);
    const traceID = this.#text('traceID', named);
    const spans = this.#reading.each(trace['spans'], { name: 'spans', what: 'span' }, span =>
      isWhole(span) ? span : this.span(span, traceID),
    );
    return { traceID, spans, processes: this.#processes(trace['processes']), warnings: warningsOf(trace) };
  }

  /** A span with what it may lack filled in. Throws `TraceFormatError` where its id or its times cannot be read. */
  span(span: JsonObject, traceID: string): JaegerSpan {
    const spanID = span['spanID'];
    if (typeof spanID !== 'string' || spanID === '') throw wrongField('spanID', spanID, 'text');
    const own = this.#text('traceID', span['traceID']) || traceID;
    const flags = span['flags'];
    return {
      traceID: own,
      spanID,
      ...(typeof flags === 'number' ? { flags } : {}),
      operationName: this.#text('operationName', span['operationName']),
      references: this.#references(span, own),
      startTime: numberField('startTime', span['startTime']),
      duration: numberField('duration', span['duration']),
      tags: this.tags(span, 'tags'),
      logs: this.#reading.each(span['logs'], { name: 'logs', what: 'log' }, log => this.#log(log)),
      processID: this.#text('processID', span['processID']),
      warnings: warningsOf(span),
    };
  }

  process(process: JsonObject): JaegerProcess {
    return {
      serviceName: this.#text('serviceName', process['serviceName']) || '?',
      tags: this.tags(process, 'tags'),
    };
  }

  tags(parent: JsonObject, name: string): JaegerTag[] {
    const list = parent[name];
    if (Array.isArray(list) && list.every(isWholeTag)) return list;
    return this.#reading.each(list, { name, what: name === 'tags' ? 'tag' : 'field' }, tagOf);
  }

  /** Jaeger's first versions named the parent in a field of its own. */
  #references(span: JsonObject, traceID: string): JaegerReference[] {
    const list = { name: 'references', what: 'reference' };
    const references = this.#reading.each(span['references'], list, reference => {
      const refType = reference['refType'] === 'FOLLOWS_FROM' ? 'FOLLOWS_FROM' : 'CHILD_OF';
      const named = textField('traceID', reference['traceID']) || traceID;
      const spanID = textField('spanID', reference['spanID']);
      return { refType, traceID: named, spanID } satisfies JaegerReference;
    });
    const parent = this.#text('parentSpanID', span['parentSpanID']);
    if (references.length > 0 || parent === '') return references;
    return [{ refType: 'CHILD_OF', traceID, spanID: parent }];
  }

  #log(log: JsonObject): JaegerLog {
    return { timestamp: numberField('timestamp', log['timestamp']), fields: this.tags(log, 'fields') };
  }

  #processes(processes: unknown): Record<string, JaegerProcess> {
    if (processes === undefined || processes === null) return {};
    if (!isObject(processes)) {
      return this.#reading.optional(
        'process',
        () => {
          throw wrongField('processes', processes, 'an object');
        },
        {},
      );
    }
    const read = (id: string, process: unknown): JaegerProcess[] => {
      if (!isObject(process)) throw new TraceFormatError(`process ${JSON.stringify(id)} is not an object`);
      return [this.process(process)];
    };
    // fromEntries, since `__proto__` is a key like any other here.
    return Object.fromEntries(
      Object.entries(processes).flatMap(([id, process]) =>
        this.#reading.optional('process', () => read(id, process), []).map(each => [id, each]),
      ),
    );
  }

  #text(name: string, value: unknown): string {
    return this.#reading.optional('field', () => textField(name, value), '');
  }
}

/**
 * Whether nothing has to be filled in or corrected: of a large file, such spans are kept rather than copied.
 */
function isWhole(span: JsonObject): span is JsonObject & JaegerSpan {
  const { traceID, spanID, flags, operationName, startTime, duration, processID, warnings } = span;
  return (
    typeof spanID === 'string' &&
    spanID !== '' &&
    typeof traceID === 'string' &&
    traceID !== '' &&
    typeof operationName === 'string' &&
    typeof startTime === 'number' &&
    typeof duration === 'number' &&
    typeof processID === 'string' &&
    (flags === undefined || typeof flags === 'number') &&
    warnings === null &&
    isListOf(span['references'], isWholeReference) &&
    (span['references'].length > 0 || span['parentSpanID'] === undefined) &&
    isListOf(span['tags'], isWholeTag) &&
    isListOf(span['logs'], isWholeLog)
  );
}

const isListOf = <Item>(list: unknown, isItem: (item: unknown) => item is Item): list is Item[] =>
  Array.isArray(list) && list.every(isItem);

function isWholeReference(reference: unknown): reference is JaegerReference {
  if (!isObject(reference)) return false;
  const { refType, traceID, spanID } = reference;
  const isKnown = refType === 'CHILD_OF' || refType === 'FOLLOWS_FROM';
  return isKnown && typeof traceID === 'string' && traceID !== '' && typeof spanID === 'string';
}

const isWholeLog = (log: unknown): log is JaegerLog =>
  isObject(log) && typeof log['timestamp'] === 'number' && isListOf(log['fields'], isWholeTag);

function isWholeTag(tag: unknown): tag is JaegerTag {
  if (!isObject(tag)) return false;
  const { key, type, value } = tag;
  if (typeof key !== 'string') return false;
  if (type === 'string') return typeof value === 'string';
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'int64' || type === 'float64') return typeof value === 'number';
  return type === 'binary' && (value === null || typeof value === 'string');
}

const isTagValue = (value: unknown): value is JaegerTag['value'] =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const tagTypes = new Set<unknown>(['string', 'bool', 'int64', 'float64', 'binary']);

function tagOf(tag: JsonObject): JaegerTag {
  const { key, type, value = null } = tag;
  if (typeof key !== 'string') throw wrongField('key', key, 'text');
  if (!isTagValue(value)) return { key, type: 'string', value: jsonText(value) };
  if (!tagTypes.has(type)) return { key, type: typeOf(value), value };
  return { key, type: type as JaegerTag['type'], value: typed(type, value) };
}

/** Jaeger 2 writes numbers as text, and other programs all that is in a tag. */
function typed(type: unknown, value: JaegerTag['value']): JaegerTag['value'] {
  if (typeof value !== 'string') return value;
  if (type === 'bool') return value === 'true' ? true : value === 'false' ? false : value;
  if (type !== 'int64' && type !== 'float64') return value;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  const isExact = type === 'int64' ? Number.isSafeInteger(number) : Number.isFinite(number);
  return isExact ? number : value;
}

/** Elasticsearch's documents and some exporters keep lists and objects as they were. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // Out of stack.
    throw new TraceFormatError('"value" is nested too deep');
  }
}

function typeOf(value: JaegerTag['value']): JaegerTag['type'] {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return value === null ? 'binary' : 'string';
}

function warningsOf({ warnings }: JsonObject): string[] | null {
  if (!Array.isArray(warnings) || warnings.length === 0) return null;
  return warnings.map(warning => (typeof warning === 'string' ? warning : shown(warning)));
}
