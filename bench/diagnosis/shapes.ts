/** Traces of any size, of the shapes that stress a diagnosis in different ways. */
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../../packages/traced/src/diagnosis/jaeger.ts';

export const shapeNames = ['wide', 'deep', 'fan-out', 'one-by-one', 'mixed'] as const;

export type ShapeName = (typeof shapeNames)[number];

/** A trace of about so many spans, each as large as those of this project: eight tags, 800 bytes. */
export function traceOf(shape: ShapeName, spans: number): JaegerTrace {
  const trace = new Builder();
  const root = trace.add(undefined, {
    service: 'gateway-fn',
    name: 'GET /batch',
    kind: 'server',
    from: 0,
    to: 0,
  });
  while (trace.spans.length < spans) shapes[shape](trace, root, spans);
  root.duration = trace.end - root.startTime + 1_000;
  return trace.done();
}

const shapes: Record<ShapeName, (trace: Builder, root: JaegerSpan, spans: number) => void> = {
  /** All below the root, one after the other, none like the other. */
  wide: (trace, root) => {
    const n = trace.spans.length;
    trace.add(root, { service: 'gateway-fn', name: `step ${n % 7}`, from: 1_000 * n, to: 1_000 * n + 900 });
  },
  /** Each below the one before it. */
  deep: (trace, root, spans) => {
    const n = trace.spans.length;
    const above = trace.spans.at(-1) ?? root;
    trace.add(above, { service: `layer-${n % 5}`, name: 'call', from: 10 * n, to: 30 * spans - 10 * n });
  },
  /** Calls that run at once, each answered by another service. */
  'fan-out': (trace, root) => {
    const n = trace.spans.length;
    const from = 100 * n;
    const call = trace.add(root, {
      service: 'gateway-fn',
      name: 'GET',
      kind: 'client',
      from,
      to: from + 50_000,
    });
    trace.add(call, {
      service: 'beta-fn',
      name: 'GET /beta',
      kind: 'server',
      from: from + 500,
      to: from + 49_000,
    });
  },
  /** As many queries as there are spans. */
  'one-by-one': (trace, root) => query(trace, root, 800),
  /** Requests to /all as version 1 answers them, one after the other; every third one stalls. */
  mixed: (trace, root) => {
    const all = trace.add(root, { service: 'gateway-fn', name: 'GET /all', kind: 'server', ...trace.now(0) });
    call(trace, all, 'alpha-fn', alpha => {
      const isStalled = Math.floor(trace.spans.length / 160) % 3 === 0;
      for (let n = 0; n < 100; n++) {
        const took = isStalled && n === 99 ? 500_000 : 700;
        trace.add(alpha, { service: 'alpha-fn', name: 'work', ...trace.now(took) });
      }
    });
    call(trace, all, 'beta-fn', () => {});
    call(trace, all, 'redis-fn', redis => {
      const tags = { error: true, 'otel.status_description': 'connect ETIMEDOUT' };
      trace.add(redis, {
        service: 'redis-fn',
        name: 'redis connect',
        kind: 'client',
        tags,
        ...trace.now(99_000),
      });
      for (let n = 0; n < 50; n++) query(trace, redis, 300);
    });
    trace.close(all);
  },
};

function query(trace: Builder, parent: JaegerSpan, took: number): void {
  const tags = {
    'db.system.name': 'redis',
    'db.query.text': `set header:${trace.spans.length} [3 other arguments]`,
  };
  trace.add(parent, { service: 'redis-fn', name: 'set', kind: 'client', tags, ...trace.now(took) });
}

/** A client's span and the server's below it, which last for as long as what is done there. */
function call(trace: Builder, parent: JaegerSpan, service: string, work: (server: JaegerSpan) => void): void {
  const client = trace.add(parent, { service: 'gateway-fn', name: 'GET', kind: 'client', ...trace.now(0) });
  const name = `GET /${service.replace('-fn', '')}`;
  const server = trace.add(client, { service, name, kind: 'server', ...trace.now(0) });
  work(server);
  trace.close(server);
  trace.close(client);
}

interface Sketch {
  service: string;
  name: string;
  kind?: string;
  /** µs since the trace's start. */
  from: number;
  to: number;
  tags?: Record<string, JaegerTag['value']>;
}

class Builder {
  readonly start = 1_700_000_000_000_000;
  readonly spans: JaegerSpan[] = [];
  /** The latest end, µs since the epoch. */
  end = this.start;
  readonly #processes: JaegerTrace['processes'] = {};
  readonly #traceID = 'f13a2d5f82e037765c76b25f9128429f';

  add(
    parent: JaegerSpan | undefined,
    { service, name, kind = 'internal', from, to, tags }: Sketch,
  ): JaegerSpan {
    const traceID = this.#traceID;
    const span: JaegerSpan = {
      traceID,
      spanID: (this.spans.length + 1).toString(16).padStart(16, '0'),
      flags: 1,
      operationName: name,
      references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID, spanID: parent.spanID }],
      startTime: this.start + from,
      duration: to - from,
      tags: tagsOf({ ...usualTags, 'span.kind': kind, 'service.name': service, ...tags }),
      logs: [],
      processID: service,
      warnings: null,
    };
    this.spans.push(span);
    this.#processes[service] ??= {
      serviceName: service,
      tags: tagsOf({ 'host.name': 'host', 'process.pid': 42 }),
    };
    this.end = Math.max(this.end, span.startTime + span.duration);
    return span;
  }

  /** The times of a span that begins shortly after all that was before. */
  now(took: number): { from: number; to: number } {
    const from = this.end - this.start + 200;
    return { from, to: from + took };
  }

  /** Ends a span shortly after all that was before. */
  close(span: JaegerSpan): void {
    this.end += 300;
    span.duration = this.end - span.startTime;
  }

  done(): JaegerTrace {
    return { traceID: this.#traceID, spans: this.spans, processes: this.#processes, warnings: null };
  }
}

const usualTags = {
  '@jaeger@format': 'jaeger',
  'otel.library.name': '@opentelemetry/instrumentation-http',
  'otel.library.version': '0.222.0',
  'server.address': '127.0.0.1',
  'server.port': 43743,
  'network.protocol.version': '1.1',
};

const tagsOf = (tags: Record<string, JaegerTag['value']>): JaegerTag[] =>
  Object.entries(tags).map(([key, value]) => ({ key, type: typeOf(value), value }));

function typeOf(value: JaegerTag['value']): JaegerTag['type'] {
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'bool' : 'float64';
}
