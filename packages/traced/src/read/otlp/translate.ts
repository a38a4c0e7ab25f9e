/**
 * OTLP's spans as Jaeger's, translated as the OpenTelemetry Collector's translator to Jaeger does it. It is the only
 * one: the dev server's store and the reader of files differ in the encoding and in what becomes of what is odd.
 */
import type { JaegerReference } from '../../diagnosis/jaeger.ts';
import type { ListName, Reading } from '../reading.ts';
import { type Log, NO_SPAN, type Process, type Span, type Tag } from '../span.ts';
import type { JsonObject } from '../trace-format.ts';
import { Attributes } from './attributes.ts';
import { child, type Encoding, listOf, type OtlpText, readableText } from './encoding.ts';

const resourceSpansList: ListName = { name: 'resourceSpans', what: 'resourceSpans' };
const scopeSpansList: ListName = { name: 'scopeSpans', what: 'scopeSpans' };
const spanList: ListName = { name: 'spans', what: 'span' };
const eventList: ListName = { name: 'events', what: 'event' };
const linkList: ListName = { name: 'links', what: 'link' };

const serviceNameKey = 'service.name';
const warningsKey = '@jaeger@warnings';

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses = ['UNSET', 'OK', 'ERROR'];

export class OtlpTranslator {
  readonly #encoding: Encoding;
  readonly #reading: Reading;
  readonly #attributes: Attributes;

  constructor(encoding: Encoding, reading: Reading) {
    this.#encoding = encoding;
    this.#reading = reading;
    this.#attributes = new Attributes(encoding, reading);
  }

  /** Hands over the spans of a list of ResourceSpans; a span that ends before it begins has a negative duration. */
  translate(resourceSpans: unknown, add: (span: Span) => void): void {
    this.#reading.each(resourceSpans, resourceSpansList, resource => {
      const process = this.#process(this.#message(resource, 'resource'));
      const scopes = listOf(this.#encoding, resource, 'scopeSpans');
      const named = scopes ?? listOf(this.#encoding, resource, 'instrumentationLibrarySpans');
      this.#reading.each(named, scopeSpansList, scopeSpans => {
        const scope = this.#scopeTags(scopeSpans);
        this.#reading.each(listOf(this.#encoding, scopeSpans, 'spans'), spanList, span => {
          add(this.#span(span, scope, process));
        });
      });
    });
  }

  #process(resource: JsonObject): Process {
    const tags = this.#attributes.tags(resource);
    return {
      serviceName: this.#serviceName(resource),
      tags: tags.filter(({ key }) => key !== serviceNameKey),
    };
  }

  /** The stand-in names are those of Jaeger's sanitizer. */
  #serviceName(resource: JsonObject): string {
    const value = this.#attributes.valueOf(resource, serviceNameKey);
    if (value === undefined) return 'missing-service-name';
    if (this.#attributes.kindOf(value) !== 'stringValue') return 'service-name-wrong-type';
    const name = this.#reading.optional('tag', () => this.#rawText(value, 'stringValue'), '');
    return typeof name === 'string' ? name || 'empty-service-name' : '';
  }

  #scopeTags(scopeSpans: JsonObject): Tag[] {
    const isNew = this.#encoding.field(scopeSpans, 'scope') !== undefined;
    const scope = this.#message(scopeSpans, isNew ? 'scope' : 'instrumentationLibrary');
    return [
      ...textTag('otel.scope.name', this.#text(scope, 'name')),
      ...textTag('otel.scope.version', this.#text(scope, 'version')),
    ];
  }

  #span(span: JsonObject, scope: readonly Tag[], process: Process): Span {
    const id = traceIdOf(this.#id(span, 'traceId', 16));
    const spanID = this.#id(span, 'spanId', 8);
    const startTime = this.#time(span, 'startTimeUnixNano');
    const endTime = this.#time(span, 'endTimeUnixNano');
    const name = this.#reading.optional('field', () => this.#rawText(span, 'name'), '');
    const tags = this.#attributes.tags(span);
    const warnings = this.#warnings(span, tags);
    if (typeof name !== 'string') tags.push({ key: 'invalid-span-name', type: 'binary', value: name });
    return {
      traceID: id,
      spanID,
      flags: 0,
      operationName: typeof name === 'string' ? name : 'invalid-span-name',
      references: this.#references(span, id),
      startTime,
      duration: endTime - startTime,
      tags: [...scope, ...tags, ...this.#kindAndStatusTags(span)],
      logs: this.#reading.each(listOf(this.#encoding, span, 'events'), eventList, event => this.#log(event)),
      process,
      warnings,
    };
  }

  /** Jaeger 2 keeps a span's warnings in an attribute. */
  #warnings(span: JsonObject, tags: readonly Tag[]): string[] {
    if (!tags.some(({ key }) => key === warningsKey)) return [];
    const value = this.#attributes.valueOf(span, warningsKey);
    return value === undefined ? [] : this.#attributes.texts(value);
  }

  #references(span: JsonObject, own: string): JaegerReference[] {
    const references: JaegerReference[] = [];
    const parent = this.#reading.optional('field', () => this.#id(span, 'parentSpanId', 8, NO_SPAN), NO_SPAN);
    if (parent !== NO_SPAN) references.push({ refType: 'CHILD_OF', traceID: own, spanID: parent });
    for (const link of this.#links(span)) {
      const first = references[0];
      // A link to the parent only says what kind of reference the parent is.
      if (first !== undefined && parent !== NO_SPAN && link.traceID === own && link.spanID === parent)
        first.refType = link.refType;
      else references.push(link);
    }
    return references;
  }

  #links(span: JsonObject): JaegerReference[] {
    return this.#reading.each(listOf(this.#encoding, span, 'links'), linkList, link => {
      const id = this.#id(link, 'traceId', 16, NO_SPAN + NO_SPAN);
      const type = this.#attributes.tags(link).find(({ key }) => key === 'opentracing.ref_type');
      return {
        refType: type?.value === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM',
        traceID: traceIdOf(id),
        spanID: this.#id(link, 'spanId', 8, NO_SPAN),
      };
    });
  }

  #kindAndStatusTags(span: JsonObject): Tag[] {
    const status = this.#message(span, 'status');
    const kind = this.#enumeration(span, 'kind', 'SPAN_KIND_', kinds);
    const code = this.#enumeration(status, 'code', 'STATUS_CODE_', statuses);
    const error: Tag[] = code === 2 ? [{ key: 'error', type: 'bool', value: true }] : [];
    return [
      ...textTag('span.kind', kind === 0 ? '' : (kinds[kind] ?? '')),
      ...textTag('otel.status_code', code === 0 ? '' : (statuses[code] ?? '')),
      ...error,
      ...textTag('otel.status_description', this.#text(status, 'message')),
      ...textTag('w3c.tracestate', this.#text(span, 'traceState')),
    ];
  }

  #log(event: JsonObject): Log {
    const fields = this.#attributes.fields(event);
    const name = this.#text(event, 'name');
    const named = fields.some(({ key }) => key === 'event') ? [] : textTag('event', name);
    return { time: this.#time(event, 'timeUnixNano'), fields: [...named, ...fields] };
  }

  /** What a span can do without: an empty message where it is odd. */
  #message(parent: JsonObject, name: string): JsonObject {
    return this.#reading.optional('field', () => child(this.#encoding, parent, name), {});
  }

  #id(parent: JsonObject, name: string, bytes: 8 | 16, otherwise?: string): string {
    const sent = this.#encoding.field(parent, name);
    if (otherwise !== undefined && (sent === undefined || sent === null || sent === '')) return otherwise;
    return this.#encoding.id(sent, bytes, name);
  }

  #time(parent: JsonObject, name: string): bigint {
    const sent = this.#encoding.field(parent, name) ?? 0;
    return sent === 0 ? 0n : BigInt.asIntN(64, this.#encoding.integer(sent, false, name));
  }

  #enumeration(parent: JsonObject, name: string, prefix: string, names: readonly string[]): number {
    const sent = this.#encoding.field(parent, name) ?? 0;
    const read = () => this.#encoding.enumeration(sent, prefix, names, name);
    return this.#reading.optional('field', read, 0);
  }

  #rawText(parent: JsonObject, name: string): OtlpText {
    const sent = this.#encoding.field(parent, name);
    return sent === undefined || sent === null ? '' : this.#encoding.text(sent, name);
  }

  #text(parent: JsonObject, name: string): string {
    return this.#reading.optional('field', () => readableText(this.#rawText(parent, name)), '');
  }
}

/** As Jaeger prints it: without the upper half where that is zero. */
const traceIdOf = (id: string): string => (id.startsWith(NO_SPAN) ? id.slice(16) : id);

const textTag = (key: string, value: string): Tag[] => (value === '' ? [] : [{ key, type: 'string', value }]);
