/**
 * Stored spans in OTLP's JSON, as Jaeger's API v3 answers with: what the OpenTelemetry Collector's translator to Jaeger
 * made tags of becomes fields again.
 */
import { NO_SPAN, type Process, parentSpanID, type Span, type Tag } from '../../read/span.ts';
import type { Steps } from './slices.ts';

const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses = ['', 'OK', 'ERROR'];
const scopeName = 'otel.scope.name';
const scopeVersion = 'otel.scope.version';

/** Tags that are fields of a span or of its scope in OTLP. */
const fieldKeys = new Set([
  'span.kind',
  'otel.status_code',
  'otel.status_description',
  'w3c.tracestate',
  scopeName,
  scopeVersion,
]);

/** Adds the text of the ResourceSpans of one trace, with commas between. */
export function* writeResourceSpans(spans: readonly Span[], add: (text: string) => void): Steps<void> {
  const processes = groups(spans, ({ process }) => process);
  for (const [process, own] of processes) {
    add(`{"resource":${JSON.stringify({ attributes: resourceAttributes(process) })},"scopeSpans":[`);
    const scopes = groups(own, ({ tags }) => `${textOf(tags, scopeName)}\n${textOf(tags, scopeVersion)}`);
    for (const [, scoped] of scopes) {
      const { tags = [] } = scoped[0] ?? {};
      const scope = sent({ name: textOf(tags, scopeName), version: textOf(tags, scopeVersion) });
      add(`{"scope":${JSON.stringify(scope)},"spans":[`);
      for (const [place, span] of scoped.entries()) {
        add(`${place === 0 ? '' : ','}${JSON.stringify(toOtlp(span))}`);
        yield;
      }
      add(scoped === scopes.at(-1)?.[1] ? ']}' : ']},');
    }
    add(own === processes.at(-1)?.[1] ? ']}' : ']},');
  }
}

function groups<Key>(spans: readonly Span[], keyOf: (span: Span) => Key): [Key, Span[]][] {
  const grouped = new Map<Key, Span[]>();
  for (const span of spans) {
    const key = keyOf(span);
    const group = grouped.get(key);
    if (group === undefined) grouped.set(key, [span]);
    else group.push(span);
  }
  return [...grouped];
}

const textOf = (tags: readonly Tag[], key: string): string => {
  const tag = tags.find(each => each.key === key);
  return tag?.type === 'string' ? tag.value : '';
};

const resourceAttributes = ({ serviceName, tags }: Process) => [
  { key: 'service.name', value: { stringValue: serviceName } },
  ...tags.map(attributeOf),
];

function attributeOf({ key, type, value }: Tag) {
  switch (type) {
    case 'bool':
      return { key, value: { boolValue: value } };
    case 'int64':
      return { key, value: { intValue: String(value) } };
    case 'float64':
      // As protobuf's JSON mapping writes what JSON has no number for.
      return { key, value: { doubleValue: Number.isFinite(value) ? value : String(value) } };
    case 'binary':
      return { key, value: { bytesValue: Buffer.from(value).toString('base64') } };
    default:
      return { key, value: { stringValue: value } };
  }
}

function toOtlp(span: Span) {
  const { traceID, spanID, operationName, startTime, duration, tags, logs, warnings } = span;
  const parent = parentSpanID(span);
  const links = linksOf(span, parent);
  const attributes = tags.filter(tag => !isField(tag, tags)).map(attributeOf);
  const warned = warnings.map(warning => ({ stringValue: warning }));
  if (warned.length > 0)
    attributes.push({ key: '@jaeger@warnings', value: { arrayValue: { values: warned } } } as never);
  return sent({
    traceId: traceID.padStart(32, '0'),
    spanId: spanID,
    traceState: textOf(tags, 'w3c.tracestate'),
    parentSpanId: parent === NO_SPAN ? '' : parent,
    name: operationName,
    kind: kinds.indexOf(textOf(tags, 'span.kind')),
    startTimeUnixNano: unsigned(startTime),
    endTimeUnixNano: unsigned(startTime + duration),
    attributes,
    events: logs.map(eventOf),
    links,
    status: statusOf(tags),
  });
}

/** Fields with their default are not sent: protobuf's JSON mapping leaves them out. */
function sent(message: Record<string, unknown>): Record<string, unknown> {
  const isDefault = (value: unknown) =>
    value === '' ||
    value === '0' ||
    value === 0 ||
    value === -1 ||
    (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(message).filter(([, value]) => !isDefault(value)));
}

const unsigned = (nanoseconds: bigint): string => String(BigInt.asUintN(64, nanoseconds));

/** Whether a tag says what a field says; one with another value than the field can have stays an attribute. */
function isField(tag: Tag, tags: readonly Tag[]): boolean {
  if (tag.key === 'error') return tag.value === true && statusCode(tags) === 2;
  if (!fieldKeys.has(tag.key) || tag.type !== 'string') return false;
  if (tag.key === 'span.kind') return kinds.includes(tag.value);
  return tag.key !== 'otel.status_code' || statuses.includes(tag.value);
}

const statusOf = (tags: readonly Tag[]): Record<string, unknown> =>
  sent({ code: statusCode(tags), message: textOf(tags, 'otel.status_description') });

/** Jaeger's own clients have no status, but a tag. */
function statusCode(tags: readonly Tag[]): number {
  const code = statuses.indexOf(textOf(tags, 'otel.status_code'));
  return code > 0 ? code : tags.some(({ key, value }) => key === 'error' && value === true) ? 2 : 0;
}

function eventOf({ time, fields }: Span['logs'][number]) {
  const named = fields.findIndex(({ key, type }) => key === 'event' && type === 'string');
  const attributes = fields.filter((_, place) => place !== named).map(attributeOf);
  return sent({ timeUnixNano: unsigned(time), name: textOf(fields, 'event'), attributes });
}

/** All references but the one that the parent is; without an attribute that says otherwise, a link is followed. */
function linksOf({ traceID, references }: Span, parent: string) {
  const isParent = (reference: Span['references'][number]) =>
    reference.traceID === traceID && reference.spanID === parent;
  const first = references.findIndex(isParent);
  const isFollowed = references[first]?.refType === 'FOLLOWS_FROM';
  return references
    .filter((_, place) => place !== first || isFollowed)
    .map(({ refType, traceID, spanID }) =>
      sent({
        traceId: traceID.padStart(32, '0'),
        spanId: spanID,
        attributes: refType === 'CHILD_OF' ? asChild : [],
      }),
    );
}

const asChild = [{ key: 'opentracing.ref_type', value: { stringValue: 'child_of' } }];
