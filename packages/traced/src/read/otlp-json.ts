/**
 * OTLP's JSON as Jaeger's traces, translated as the OpenTelemetry Collector's translator to Jaeger does it. It is not
 * the collector of `local/`, which takes protobuf too, refuses what OTLP does not allow and keeps bytes and nanoseconds:
 * this one reads what other programs wrote to files, runs in a browser, and keeps the order of what happened within one
 * microsecond by fractions.
 */
import type {
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTag,
  JaegerTrace,
} from '../diagnosis/jaeger.ts';
import { attributeOf, field, readTags, tagOf } from './otlp-value.ts';
import { each, isObject, type JsonObject, textField, wrongField } from './trace-format.ts';

/** Traces gathered from one document or several, since the Collector's files spread a trace over lines. */
export class OtlpTraces {
  readonly #traces = new Map<string, { trace: JaegerTrace; processIDs: Map<string, string> }>();

  /** Adds the spans of `resourceSpans`, or `batches` in Tempo. Throws `TraceFormatError`. */
  add(resourceSpans: unknown): void {
    each(resourceSpans, { name: 'resourceSpans', what: 'resourceSpans' }, resource => {
      const process = toProcess(child(resource, 'resource'));
      const content = JSON.stringify(process);
      const scopes = field(resource, 'scopeSpans') ?? field(resource, 'instrumentationLibrarySpans');
      each(scopes, { name: 'scopeSpans', what: 'scopeSpans' }, scopeSpans => {
        const named = field(scopeSpans, 'scope') === undefined ? 'instrumentationLibrary' : 'scope';
        const scope = scopeTags(child(scopeSpans, named));
        each(field(scopeSpans, 'spans'), { name: 'spans', what: 'span' }, span => {
          this.#add(toSpan(span, scope), process, content);
        });
      });
    });
  }

  /** One trace for each id, in the order in which they were met. */
  traces(): JaegerTrace[] {
    return [...this.#traces.values()].map(({ trace }) => trace);
  }

  #add(span: JaegerSpan, process: JaegerProcess, content: string): void {
    let known = this.#traces.get(span.traceID);
    if (known === undefined) {
      const trace: JaegerTrace = { traceID: span.traceID, spans: [], processes: {}, warnings: null };
      known = { trace, processIDs: new Map() };
      this.#traces.set(span.traceID, known);
    }
    let processID = known.processIDs.get(content);
    if (processID === undefined) {
      processID = `p${known.processIDs.size + 1}`;
      known.processIDs.set(content, processID);
      known.trace.processes[processID] = process;
    }
    span.processID = processID;
    known.trace.spans.push(span);
  }
}

function child(message: JsonObject, name: string): JsonObject {
  const value = field(message, name) ?? {};
  if (!isObject(value)) throw wrongField(name, value, 'an object');
  return value;
}

function toProcess(resource: JsonObject): JaegerProcess {
  const attributes = field(resource, 'attributes');
  return {
    serviceName: serviceName(attributes),
    tags: readTags(attributes).filter(({ key }) => key !== 'service.name'),
  };
}

// The stand-in names are those of Jaeger's sanitizer.
function serviceName(attributes: unknown): string {
  const value = attributeOf(attributes, 'service.name');
  if (value === undefined) return 'missing-service-name';
  const name = field(value, 'stringValue');
  if (typeof name !== 'string') return 'service-name-wrong-type';
  return name || 'empty-service-name';
}

function scopeTags(scope: JsonObject): JaegerTag[] {
  return [
    ...textTag('otel.scope.name', textField('name', field(scope, 'name'))),
    ...textTag('otel.scope.version', textField('version', field(scope, 'version'))),
  ];
}

const warningsKey = '@jaeger@warnings';

function toSpan(span: JsonObject, scope: readonly JaegerTag[]): JaegerSpan {
  const traceID = traceIdOf(idField(span, 'traceId', 16));
  const attributes = field(span, 'attributes');
  const warnings = toWarnings(attributes);
  const tags = readTags(attributes);
  const startTime = timeField(span, 'startTimeUnixNano');
  return {
    traceID,
    spanID: idField(span, 'spanId', 8),
    flags: 0,
    operationName: textField('name', field(span, 'name')),
    references: toReferences(span, traceID),
    startTime,
    duration: timeField(span, 'endTimeUnixNano') - startTime,
    tags: [
      ...scope,
      ...(warnings === null ? tags : tags.filter(({ key }) => key !== warningsKey)),
      ...kindAndStatusTags(span),
    ],
    logs: each(field(span, 'events'), { name: 'events', what: 'event' }, toLog),
    processID: '',
    warnings,
  };
}

/** Jaeger 2 keeps a span's warnings in an attribute. */
function toWarnings(attributes: unknown): string[] | null {
  const value = attributeOf(attributes, warningsKey);
  if (value === undefined) return null;
  const several = field(child(value, 'arrayValue'), 'values');
  const list = Array.isArray(several)
    ? each(several, { name: 'values', what: 'warning' }, item => item)
    : [value];
  return list.map(item => String(tagOf('', item).value));
}

function toReferences(span: JsonObject, own: string): JaegerReference[] {
  const references: JaegerReference[] = [];
  const parent = idField(span, 'parentSpanId', 8, none);
  if (parent !== none) references.push({ refType: 'CHILD_OF', traceID: own, spanID: parent });
  const links = each(field(span, 'links'), { name: 'links', what: 'link' }, toLink);
  for (const link of links) {
    const first = references[0];
    // A link to the parent only says what kind of reference the parent is.
    if (first !== undefined && parent !== none && link.traceID === own && link.spanID === parent) {
      first.refType = link.refType;
    } else {
      references.push(link);
    }
  }
  return references;
}

function toLink(link: JsonObject): JaegerReference {
  const type = attributeOf(field(link, 'attributes'), 'opentracing.ref_type') ?? {};
  const asChild = field(type, 'stringValue') === 'child_of';
  return {
    refType: asChild ? 'CHILD_OF' : 'FOLLOWS_FROM',
    traceID: traceIdOf(idField(link, 'traceId', 16, none + none)),
    spanID: idField(link, 'spanId', 8, none),
  };
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses = ['UNSET', 'OK', 'ERROR'];

function kindAndStatusTags(span: JsonObject): JaegerTag[] {
  const status = child(span, 'status');
  const kind = nameOf('kind', field(span, 'kind'), 'SPAN_KIND_', kinds);
  const code = nameOf('code', field(status, 'code'), 'STATUS_CODE_', statuses);
  const error: JaegerTag[] = code === 'ERROR' ? [{ key: 'error', type: 'bool', value: true }] : [];
  return [
    ...textTag('span.kind', kind),
    ...textTag('otel.status_code', code),
    ...error,
    ...textTag('otel.status_description', textField('message', field(status, 'message'))),
    ...textTag('w3c.tracestate', textField('traceState', field(span, 'traceState'))),
  ];
}

/** Of an enumeration's number or name; none for the one that says nothing, and for unknown numbers. */
function nameOf(name: string, value: unknown, prefix: string, names: readonly string[]): string {
  if (value === undefined || value === null) return '';
  const index =
    typeof value === 'number' ? value : names.findIndex(each => value === prefix + each.toUpperCase());
  if (index === -1)
    throw wrongField(name, value, `a number or a name such as ${prefix}${names[1]?.toUpperCase()}`);
  return index === 0 ? '' : (names[index] ?? '');
}

function textTag(key: string, value: string): JaegerTag[] {
  return value === '' ? [] : [{ key, type: 'string', value }];
}

function toLog(event: JsonObject): JaegerLog {
  const fields = readTags(field(event, 'attributes'));
  const name = textField('name', field(event, 'name'));
  const named = fields.some(({ key }) => key === 'event') ? [] : textTag('event', name);
  return { timestamp: timeField(event, 'timeUnixNano'), fields: [...named, ...fields] };
}

/**
 * Nanoseconds, which are more than a number holds, as µs since the epoch; a double has quarters of them there. Both
 * ends of a span are rounded and subtracted, rather than the length, so that no child ends after its parent by rounding.
 */
function timeField(message: JsonObject, name: string): number {
  const value = field(message, name) ?? 0;
  if (typeof value === 'number' && Number.isFinite(value)) return value / 1_000;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value))
    throw wrongField(name, value, 'a number of nanoseconds');
  if (value.length <= 15) return Number(value) / 1_000;
  const sign = value.startsWith('-') ? -1 : 1;
  return Number(value.slice(0, -3)) + (sign * Number(value.slice(-3))) / 1_000;
}

const none = '0'.repeat(16);

/** A trace's id as Jaeger prints it: without the upper half where that is zero. */
const traceIdOf = (id: string): string => (id.length === 32 && id.startsWith(none) ? id.slice(16) : id);

/** In hexadecimal, as OTLP has it, or in base64, as protobuf's own JSON mapping has it. */
function idField(message: JsonObject, name: string, bytes: 8 | 16, missing?: string): string {
  const value = field(message, name);
  if (missing !== undefined && (value === undefined || value === null || value === '')) return missing;
  if (typeof value === 'string') {
    if (/^[\da-f]+$/i.test(value) && (value.length === bytes * 2 || value.length === 16))
      return value.toLowerCase();
    const hex = hexOfBase64(value);
    if (hex?.length === bytes * 2) return hex;
  }
  throw wrongField(name, value, `an id of ${bytes} bytes in hexadecimal or base64`);
}

function hexOfBase64(text: string): string | undefined {
  if (text.length > 24 || !/^[\w+/-]+=*$/.test(text)) return undefined;
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return [...bytes].map(byte => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch {
    return undefined;
  }
}
