/** Traces of any shape for property tests, and the same traces as OTLP. */
import fc from 'fast-check';
import type { JaegerReference, JaegerSpan, JaegerTag, JaegerTrace } from '../../src/diagnosis/jaeger.ts';

const begin = 1_700_000_000_000_000;
const kinds = ['internal', 'server', 'client', 'producer', 'consumer'];

const plan = fc.record({
  parent: fc.nat(),
  follows: fc.constantFrom(false, false, false, true),
  service: fc.constantFrom('gateway-fn', 'alpha-fn', 'redis-fn'),
  name: fc.constantFrom('GET /all', 'GET /user/17', 'GET /user/18', 'set', 'work 1', '__proto__'),
  kind: fc.constantFrom(...kinds),
  failed: fc.boolean(),
  /** µs, the first since the trace's start. */
  start: fc.nat(10_000),
  length: fc.nat(10_000),
  text: fc.string(),
});

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

/** A trace of one to twenty spans, each below one that came before it. */
export const anyTrace: fc.Arbitrary<JaegerTrace> = fc
  .tuple(fc.array(plan, { minLength: 1, maxLength: 20 }), fc.bigInt({ min: 1n, max: 2n ** 127n }))
  .map(([plans, id]) => toTrace(plans, (id | (1n << 127n)).toString(16)));

function toTrace(plans: readonly Plan[], traceID: string): JaegerTrace {
  const services = [...new Set(plans.map(({ service }) => service))];
  return {
    traceID,
    spans: plans.map((each, i) => toSpan(each, i, traceID, services)),
    processes: Object.fromEntries(
      services.map((serviceName, i) => [`p${i + 1}`, { serviceName, tags: [textTag('host.name', `h${i}`)] }]),
    ),
    warnings: null,
  };
}

const idOf = (i: number): string => (i + 1).toString(16).padStart(16, '0');
const textTag = (key: string, value: string): JaegerTag => ({ key, type: 'string', value });

function toSpan(plan: Plan, i: number, traceID: string, services: readonly string[]): JaegerSpan {
  const refType: JaegerReference['refType'] = plan.follows ? 'FOLLOWS_FROM' : 'CHILD_OF';
  const failed: JaegerTag[] = [
    textTag('otel.status_code', 'ERROR'),
    { key: 'error', type: 'bool', value: true },
  ];
  return {
    traceID,
    spanID: idOf(i),
    flags: 0,
    operationName: plan.name,
    references: i === 0 ? [] : [{ refType, traceID, spanID: idOf(plan.parent % i) }],
    startTime: begin + plan.start,
    duration: plan.length,
    tags: [textTag('text', plan.text), textTag('span.kind', plan.kind), ...(plan.failed ? failed : [])],
    logs: [{ timestamp: begin, fields: [textTag('event', 'said'), textTag('what', plan.text)] }],
    processID: `p${services.indexOf(plan.service) + 1}`,
    warnings: null,
  };
}

type Attribute = { key: string; value: { stringValue: unknown } };
const attribute = ({ key, value }: JaegerTag): Attribute => ({ key, value: { stringValue: value } });
const nanoseconds = (microseconds: number): string => `${microseconds}000`;

/** The same as an OTLP request, one resource for each process. */
export function toOtlp(trace: JaegerTrace): { resourceSpans: unknown[] } {
  return {
    resourceSpans: Object.entries(trace.processes).map(([id, { serviceName, tags }]) => ({
      resource: { attributes: [textTag('service.name', serviceName), ...tags].map(attribute) },
      scopeSpans: [{ spans: trace.spans.filter(({ processID }) => processID === id).map(toOtlpSpan) }],
    })),
  };
}

function toOtlpSpan({
  traceID,
  spanID,
  references,
  startTime,
  duration,
  operationName,
  tags,
  logs,
}: JaegerSpan) {
  const [parent] = references;
  const of = (key: string) => tags.find(tag => tag.key === key)?.value;
  return {
    traceId: traceID,
    spanId: spanID,
    parentSpanId: parent?.spanID ?? '',
    // A link to the parent says that it is only followed.
    links: parent?.refType === 'FOLLOWS_FROM' ? [{ traceId: traceID, spanId: parent.spanID }] : [],
    name: operationName,
    kind: kinds.indexOf(String(of('span.kind'))) + 1,
    startTimeUnixNano: nanoseconds(startTime),
    endTimeUnixNano: nanoseconds(startTime + duration),
    attributes: tags.filter(({ key }) => key === 'text').map(attribute),
    events: logs.map(({ timestamp, fields: [event, ...rest] }) => ({
      timeUnixNano: nanoseconds(timestamp),
      name: event?.value,
      attributes: rest.map(attribute),
    })),
    status: of('otel.status_code') === 'ERROR' ? { code: 'STATUS_CODE_ERROR' } : {},
  };
}
