/**
 * Systems of services that do what healthy ones do, to see that nothing is found in them: calls at the same time,
 * pairs of which the second needs the first, queries, caches, work that nobody waits for; with jitter and pauses of
 * the garbage collector. What a request does is a plan, and each run of a plan is a trace of it.
 */
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../../src/diagnosis/jaeger.ts';

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number from 0 to 1. */
export type Random = () => number;

export type Tags = Record<string, string | number | boolean>;

export interface Endpoint {
  service: string;
  name: string;
  /** Tags of the server's span, besides the usual ones. */
  tags?: Tags;
  steps: Step[];
}

/** One thing that a request does; times in ms, before jitter. */
export type Step =
  | { does: 'work'; ms: number }
  /** Internal spans, one after the other. */
  | { does: 'pieces'; name: string; times: number; ms: number }
  | { does: 'span'; name: string; kind?: string; tags?: Tags; ms?: number; steps?: Step[] }
  | { does: 'call'; to: Endpoint; path: string; method?: string; before?: number }
  | { does: 'at once'; steps: Step[] }
  /** In some of the requests only, by this chance. */
  | { does: 'sometimes'; chance: number; steps: Step[] }
  /** Its span follows from the caller's, who does not wait. */
  | { does: 'later'; step: Step };

/** How a system writes its spans: by OpenTelemetry's attributes of now or before, or by OpenTracing's tags. */
export type Style = 'new' | 'old' | 'opentracing';

export interface Running {
  random: Random;
  style: Style;
  /** Chance that a piece of work meets a pause of the garbage collector. */
  pauses: number;
}

const renamed: Record<Exclude<Style, 'new'>, Record<string, string>> = {
  old: {
    'http.request.method': 'http.method',
    'http.response.status_code': 'http.status_code',
    'url.full': 'http.url',
    'server.address': 'net.peer.name',
    'db.system.name': 'db.system',
    'db.query.text': 'db.statement',
    'db.operation.name': 'db.operation',
  },
  opentracing: {
    'http.request.method': 'http.method',
    'http.response.status_code': 'http.status_code',
    'url.full': 'http.url',
    'server.address': 'peer.hostname',
    'db.system.name': 'db.type',
    'db.query.text': 'db.statement',
    'db.operation.name': 'db.operation',
  },
};

/** Runs a plan once. @param at ms since the Unix epoch */
export function run(
  endpoint: Endpoint,
  running: Running,
  traceId: string,
  at = 1_700_000_000_000,
): JaegerTrace {
  const recording = new Recording(running, traceId);
  recording.serve(endpoint, undefined, at * 1_000);
  return recording.trace;
}

class Recording {
  readonly trace: JaegerTrace;
  readonly #running: Running;

  constructor(running: Running, traceID: string) {
    this.#running = running;
    this.trace = { traceID, spans: [], processes: {}, warnings: null };
  }

  /** Returns when it ended, as all of these do: µs. */
  serve({ service, name, tags, steps }: Endpoint, parent: JaegerSpan | undefined, at: number): number {
    const server = { 'span.kind': 'server', 'http.request.method': 'GET', ...tags };
    const span = this.#begin(service, name, server, parent, at);
    if (!('http.response.status_code' in (tags ?? {}))) this.#tag(span, { 'http.response.status_code': 200 });
    return this.#end(span, this.#steps(steps, span, at + this.#micros(0.2)));
  }

  #steps(steps: readonly Step[], parent: JaegerSpan, at: number): number {
    let now = at;
    for (const step of steps) now = this.#step(step, parent, now) + this.#micros(0.08);
    return now;
  }

  #step(step: Step, parent: JaegerSpan, at: number): number {
    switch (step.does) {
      case 'work':
        return at + this.#work(step.ms);
      case 'pieces': {
        let now = at;
        for (let i = 0; i < step.times; i++) {
          const piece = this.#begin(parent.processID, step.name, {}, parent, now + this.#micros(0.02));
          now = this.#end(piece, piece.startTime + this.#work(step.ms));
        }
        return now;
      }
      case 'span': {
        const kind: Tags = step.kind === undefined ? {} : { 'span.kind': step.kind };
        const span = this.#begin(parent.processID, step.name, { ...kind, ...step.tags }, parent, at);
        const done = at + (step.ms === undefined ? 0 : this.#micros(step.ms));
        return this.#end(span, this.#steps(step.steps ?? [], span, done));
      }
      case 'call':
        return this.#call(step, parent, at);
      case 'at once': {
        const ends = step.steps.map((each, i) => this.#step(each, parent, at + i * this.#micros(0.05)));
        return Math.max(at, ...ends);
      }
      case 'sometimes':
        return this.#running.random() < step.chance ? this.#steps(step.steps, parent, at) : at;
      case 'later': {
        const before = this.trace.spans.length;
        this.#step(step.step, parent, at + this.#micros(1));
        const first = this.trace.spans[before]?.references[0];
        if (first !== undefined) first.refType = 'FOLLOWS_FROM';
        return at;
      }
    }
  }

  #call({ to, path, method = 'GET', before = 0.4 }: Step & { does: 'call' }, parent: JaegerSpan, at: number) {
    const status = to.tags?.['http.response.status_code'] ?? 200;
    const tags = {
      'span.kind': 'client',
      'http.request.method': method,
      'url.full': `http://${to.service}:8080${path}`,
      'server.address': to.service,
      'http.response.status_code': status,
      ...(Number(status) >= 400 ? { error: true } : {}),
    };
    const span = this.#begin(parent.processID, method, tags, parent, at);
    return this.#end(span, this.serve(to, span, at + this.#micros(before)) + this.#micros(0.3));
  }

  /** µs with jitter: mostly within a half and the double (log-normal), now and then with a pause. */
  #work(ms: number): number {
    const { random, pauses } = this.#running;
    return this.#micros(ms) + (random() < pauses ? Math.round(5_000 + 45_000 * random()) : 0);
  }

  #micros(ms: number): number {
    const { random } = this.#running;
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.round(1_000 * ms * Math.exp(0.3 * normal));
  }

  #begin(service: string, name: string, tags: Tags, parent: JaegerSpan | undefined, at: number): JaegerSpan {
    this.trace.processes[service] ??= { serviceName: service, tags: [] };
    const span: JaegerSpan = {
      traceID: this.trace.traceID,
      spanID: (this.trace.spans.length + 1).toString(16).padStart(16, '0'),
      operationName: name,
      references:
        parent === undefined
          ? []
          : [{ refType: 'CHILD_OF', traceID: this.trace.traceID, spanID: parent.spanID }],
      startTime: at,
      duration: 0,
      tags: [],
      logs: [],
      processID: service,
      warnings: null,
    };
    this.#tag(span, tags);
    this.trace.spans.push(span);
    return span;
  }

  #end(span: JaegerSpan, at: number): number {
    span.duration = at - span.startTime;
    return at;
  }

  #tag(span: JaegerSpan, tags: Tags): void {
    const { style } = this.#running;
    for (const [name, value] of Object.entries(tags)) {
      const key = style === 'new' ? name : (renamed[style][name] ?? name);
      const type: JaegerTag['type'] =
        typeof value === 'string' ? 'string' : typeof value === 'number' ? 'int64' : 'bool';
      span.tags.push({ key, type, value });
    }
  }
}
