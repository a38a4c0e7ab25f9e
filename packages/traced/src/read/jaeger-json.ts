/** A trace in the JSON of Jaeger's query API, checked, and with what may be missing filled in. */

import type {
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTag,
  JaegerTrace,
} from '../diagnosis/jaeger.ts';
import { withOneSpelling } from './id-spelling.ts';
import {
  each,
  isObject,
  type JsonObject,
  shown,
  TraceFormatError,
  textField,
  wrongField,
} from './trace-format.ts';

/** Throws `TraceFormatError`. */
export function readJaegerTrace(trace: JsonObject): JaegerTrace {
  const first: unknown = Array.isArray(trace['spans']) ? trace['spans'][0] : undefined;
  const traceID = textField('traceID', trace['traceID'] ?? (isObject(first) ? first['traceID'] : undefined));
  return {
    traceID,
    spans: withOneSpelling(
      each(trace['spans'], { name: 'spans', what: 'span' }, span => readSpan(span, traceID)),
    ),
    processes: readProcesses(trace['processes']),
    warnings: readWarnings(trace['warnings']),
  };
}

function readSpan(span: JsonObject, traceID: string): JaegerSpan {
  const spanID = span['spanID'];
  if (typeof spanID !== 'string' || spanID === '') throw wrongField('spanID', spanID, 'text');
  const own = textField('traceID', span['traceID']) || traceID;
  const flags = span['flags'];
  const read = {
    traceID: own,
    spanID,
    ...(typeof flags === 'number' ? { flags } : {}),
    operationName: textField('operationName', span['operationName']),
    references: readReferences(span, own),
    startTime: numberField('startTime', span['startTime']),
    duration: numberField('duration', span['duration']),
    tags: readTags(span, 'tags'),
    logs: each(span['logs'], { name: 'logs', what: 'log' }, readLog),
    processID: textField('processID', span['processID']),
    warnings: readWarnings(span['warnings']),
  };
  return isSame(read, span) ? span : read;
}

/** Whether nothing had to be mended: of a large file, each span that is whole is kept rather than its copy. */
function isSame(read: JaegerSpan, span: JsonObject): span is JsonObject & JaegerSpan {
  return (
    read.traceID === span['traceID'] &&
    read.flags === span['flags'] &&
    read.operationName === span['operationName'] &&
    read.references === span['references'] &&
    read.startTime === span['startTime'] &&
    read.duration === span['duration'] &&
    read.tags === span['tags'] &&
    read.logs === span['logs'] &&
    read.processID === span['processID'] &&
    read.warnings === span['warnings']
  );
}

function numberField(name: string, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw wrongField(name, value, 'a number');
  return number;
}

/** Jaeger's first versions named the parent in a field of its own. */
function readReferences(span: JsonObject, traceID: string): JaegerReference[] {
  const read = (reference: JsonObject): JaegerReference =>
    isReference(reference)
      ? reference
      : {
          refType: reference['refType'] === 'FOLLOWS_FROM' ? 'FOLLOWS_FROM' : 'CHILD_OF',
          traceID: textField('traceID', reference['traceID']) || traceID,
          spanID: textField('spanID', reference['spanID']),
        };
  const references = each(span['references'], { name: 'references', what: 'reference' }, read);
  const parent = textField('parentSpanID', span['parentSpanID']);
  if (references.length > 0 || parent === '') return references;
  return [{ refType: 'CHILD_OF', traceID, spanID: parent }];
}

function isReference(reference: JsonObject): reference is JsonObject & JaegerReference {
  const { refType, traceID, spanID } = reference;
  const isKnown = refType === 'CHILD_OF' || refType === 'FOLLOWS_FROM';
  return isKnown && typeof traceID === 'string' && traceID !== '' && typeof spanID === 'string';
}

function readLog(log: JsonObject): JaegerLog {
  return { timestamp: numberField('timestamp', log['timestamp']), fields: readTags(log, 'fields') };
}

function readTags(parent: JsonObject, name: string): JaegerTag[] {
  const list = parent[name];
  // There are a million tags in a large file, so those that are whole are kept rather than read one by one.
  if (Array.isArray(list) && list.every(isTag)) return list;
  return each(list, { name, what: name === 'tags' ? 'tag' : 'field' }, readTag);
}

function isTag(tag: unknown): tag is JaegerTag {
  if (!isObject(tag)) return false;
  const { key, type, value } = tag;
  return typeof key === 'string' && isTagValue(value) && tagTypes.has(type);
}

const isTagValue = (value: unknown): value is JaegerTag['value'] =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const tagTypes = new Set<unknown>([
  'string',
  'bool',
  'int64',
  'float64',
  'binary',
] satisfies JaegerTag['type'][]);

function readTag(tag: JsonObject): JaegerTag {
  const { key, type, value = null } = tag;
  if (typeof key !== 'string') throw wrongField('key', key, 'text');
  if (!isTagValue(value)) return { key, type: 'string', value: jsonText(value) };
  return { key, type: tagTypes.has(type) ? (type as JaegerTag['type']) : typeOf(value), value };
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

function readProcesses(processes: unknown): Record<string, JaegerProcess> {
  if (processes === undefined || processes === null) return {};
  if (!isObject(processes)) throw wrongField('processes', processes, 'an object');
  // fromEntries, since `__proto__` is a key like any other here.
  return Object.fromEntries(
    Object.entries(processes).map(([id, process]) => {
      if (!isObject(process)) throw new TraceFormatError(`process ${JSON.stringify(id)} is not an object`);
      const serviceName = textField('serviceName', process['serviceName']) || '?';
      return [id, { serviceName, tags: readTags(process, 'tags') }];
    }),
  );
}

function readWarnings(warnings: unknown): string[] | null {
  if (!Array.isArray(warnings) || warnings.length === 0) return null;
  return warnings.map(warning => (typeof warning === 'string' ? warning : shown(warning)));
}
