/** Forms of traces that only data sets use, as Jaeger's JSON. */

export const forms = ['any', 'perf-sentinel', 'nezha'] as const;

/** `any` is what the tool reads by itself. */
export type Form = (typeof forms)[number];

type Tags = Record<string, string>;

interface Row {
  trace: string;
  id: string;
  parent: string;
  service: string;
  name: string;
  /** µs since the Unix epoch. */
  start: number;
  /** µs. */
  duration: number;
  tags: Tags;
}

export function readForm(form: Form, text: string): string {
  if (form === 'any') return text;
  return JSON.stringify({ data: tracesOf(form === 'nezha' ? nezha(text) : perfSentinel(text)) });
}

function tracesOf(rows: readonly Row[]): unknown[] {
  const traces = Map.groupBy(rows, ({ trace }) => trace);
  return [...traces].map(([traceID, own]) => ({
    traceID,
    processes: Object.fromEntries(own.map(({ service }) => [service, { serviceName: service, tags: [] }])),
    spans: own.map(({ id, parent, service, name, start, duration, tags }) => ({
      traceID,
      spanID: id,
      operationName: name,
      references: parent === '' ? [] : [{ refType: 'CHILD_OF', traceID, spanID: parent }],
      startTime: start,
      duration,
      tags: Object.entries(tags).map(([key, value]) => ({ key, type: 'string', value })),
      logs: [],
      processID: service,
    })),
  }));
}

/** A row for each span, with the pod for the service: TraceID, SpanID, ParentID, PodName, OperationName, start and end in ns. */
function nezha(text: string): Row[] {
  return text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map(line => {
      const [trace = '', id = '', parent = '', pod = '', name = '', from = '0', to = '0'] = line.split(',');
      const [start, end] = [Number(BigInt(from) / 1_000n), Number(BigInt(to) / 1_000n)];
      const service = pod.replace(/-[a-z0-9]+-[a-z0-9]{5}$/, '');
      return {
        trace,
        id,
        parent: parent === 'root' ? '' : parent,
        service,
        name,
        start,
        duration: end - start,
        tags: {},
      };
    });
}

interface SentinelEvent {
  trace_id: string;
  span_id: string;
  parent_span_id?: string;
  service: string;
  type: string;
  operation?: string;
  target?: string;
  timestamp: string;
  duration_us: number;
  source?: { endpoint?: string };
}

/** Calls alone; the request around those of one service and parent is put back, 1 ms longer on either side. */
function perfSentinel(text: string): Row[] {
  const events = JSON.parse(text) as SentinelEvent[];
  const calls = events.map(event => ({
    trace: event.trace_id,
    id: event.span_id,
    parent: event.parent_span_id ?? `root ${event.service}`,
    service: event.service,
    name: event.operation ?? event.type,
    start: Date.parse(event.timestamp) * 1_000,
    duration: event.duration_us,
    tags: tagsOf(event),
    endpoint: event.source?.endpoint ?? 'request',
  }));
  const known = new Set(calls.map(({ trace, id }) => `${trace} ${id}`));
  const lost = Map.groupBy(
    calls.filter(({ trace, parent }) => !known.has(`${trace} ${parent}`)),
    ({ trace, parent }) => `${trace} ${parent}`,
  );
  const roots = [...lost.values()].map(([first, ...rest]) => {
    const own = [first, ...rest] as [NonNullable<typeof first>, ...typeof rest];
    const start = Math.min(...own.map(each => each.start)) - 1_000;
    const end = Math.max(...own.map(each => each.start + each.duration)) + 1_000;
    const [{ trace, parent, service, endpoint }] = own;
    return {
      trace,
      id: parent,
      parent: '',
      service,
      name: endpoint,
      start,
      duration: end - start,
      tags: { 'span.kind': 'server' },
    };
  });
  return [...roots, ...calls];
}

function tagsOf({ type, operation = '', target = '' }: SentinelEvent): Tags {
  const kind = { 'span.kind': type === 'messaging' ? 'producer' : 'client' };
  if (type === 'sql') return { ...kind, 'db.system': 'postgresql', 'db.statement': target };
  return type.startsWith('http') ? { ...kind, 'http.method': operation, 'http.url': target } : kind;
}
