/** Plain pages over the store, rendered here and without script: a list of traces, and one trace's waterfall. */
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../../diagnosis/jaeger.ts';
import { adjustTrace } from './adjust.ts';
import { toJaegerTrace } from './jaeger-json.ts';
import { PAGE_STYLE, PAGE_STYLE_SOURCE } from './page-style.ts';
import type { Answer } from './query.ts';
import { first } from './query-parameters.ts';
import type { TraceStore } from './store.ts';

const MAX_LISTED = 100;
const MAX_ROWS = 2_000;

/** `/` and `/search` (with an optional `service`) and `/trace/<id>`; undefined for any other path. */
export function tracePage(store: TraceStore, path: string, parameters: URLSearchParams): Answer | undefined {
  if (path === '/' || path === '/search') return page('Traces', listOf(store, first(parameters, 'service')));
  const [, id] = /^\/trace\/([0-9a-fA-F]{1,32})$/.exec(path) ?? [];
  if (id === undefined) return undefined;
  const trace = store.trace(id);
  if (trace === undefined) {
    return page(
      'No such trace',
      markup`<h1>No such trace</h1><p>It may not have arrived yet, or was evicted.</p>`,
      404,
    );
  }
  return page(`Trace ${trace.traceID}`, waterfallOf(trace));
}

class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Part = string | number | Markup | Markup[];

// Everything put into a template is escaped, unless it is markup that was made by one.
function markup(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(texts.reduce((html, text, i) => html + rendered(parts[i - 1] ?? '') + text));
}

function rendered(part: Part): string {
  if (part instanceof Markup) return part.html;
  if (Array.isArray(part)) return part.map(rendered).join('');
  return String(part).replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

function page(title: string, body: Markup, status = 200): Answer {
  const { html } = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${new Markup(PAGE_STYLE)}</style></head>
<body><header><a href="/">Traces</a></header><main>${body}</main></body></html>
`;
  return {
    status,
    type: 'text/html; charset=utf-8',
    body: html,
    headers: {
      'Content-Security-Policy': `default-src 'none'; style-src ${PAGE_STYLE_SOURCE}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'Referrer-Policy': 'no-referrer',
    },
  };
}

function listOf(store: TraceStore, service: string): Markup {
  const traces = store.recent(service, MAX_LISTED).map(spans => {
    const trace = toJaegerTrace(adjustTrace(spans));
    return { trace, ...extent(trace) };
  });
  traces.sort((a, b) => b.start - a.start);
  const rows = traces.map(({ trace, root, start, duration }) => {
    const services = [...new Set(Object.values(trace.processes).map(({ serviceName }) => serviceName))];
    return markup`<tr><td><a href="/trace/${trace.traceID}">${serviceOf(trace, root)}: ${root.operationName}</a>
<small>${trace.traceID}</small></td><td>${counted(trace.spans.length, 'span')}, ${counted(services.length, 'service')}</td>
<td>${durationOf(duration)}</td><td>${dateOf(start)}</td></tr>`;
  });
  const links = store
    .services()
    .map(name => markup`<a href="/search?service=${encodeURIComponent(name)}">${name}</a> `);
  const { traces: held, spans, evictedTraces } = store.counters;
  return markup`<h1>${service === '' ? 'Traces' : `Traces of ${service}`}</h1><nav>${links}</nav>
<p>Held: ${counted(held, 'trace')} with ${counted(spans, 'span')}; evicted: ${counted(evictedTraces, 'trace')}.</p>
${rows.length === 0 ? markup`<p>No trace yet.</p>` : markup`<table class="list"><tr><th>Trace</th><th>Size</th><th>Duration</th><th>Start (UTC)</th></tr>${rows}</table>`}`;
}

function waterfallOf(trace: JaegerTrace): Markup {
  const { root, start, duration } = extent(trace);
  const rows = inTreeOrder(trace).slice(0, MAX_ROWS);
  const left = trace.spans.length - rows.length;
  return markup`<h1>${serviceOf(trace, root)}: ${root.operationName}</h1>
<p>${trace.traceID}: ${counted(trace.spans.length, 'span')}, ${durationOf(duration)}, from ${dateOf(start)}
(<a href="/api/traces/${trace.traceID}?prettyPrint=true">JSON</a>)</p>
<div class="waterfall">${rows.map(({ span, depth }) => spanRow(trace, span, depth, start, duration))}</div>
${left > 0 ? markup`<p>The JSON has ${counted(left, 'span')} more.</p>` : ''}`;
}

function spanRow(
  trace: JaegerTrace,
  span: JaegerSpan,
  depth: number,
  start: number,
  duration: number,
): Markup {
  const offset = span.startTime - start;
  const percent = (part: number) => ((part / Math.max(duration, 1)) * 1_000).toFixed(1);
  const failed = span.tags.some(({ key, value }) => key === 'error' && value !== false && value !== 'false');
  const process = trace.processes[span.processID]?.tags ?? [];
  // An SVG's attributes place the bar, since a policy without inline styles forbids style attributes.
  return markup`<details><summary><span class="name depth-${Math.min(depth, 12)}"><b>${serviceOf(trace, span)}</b>
${span.operationName}</span><span class="time">+${durationOf(offset)}</span><span class="time">${durationOf(span.duration)}</span>
<svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect class="${failed ? 'failed' : 'bar'}"
x="${percent(offset)}" y="0" height="10" width="${Math.max(Number(percent(span.duration)), 2)}"/></svg></summary>
${(span.warnings ?? []).map(warning => markup`<p class="warning">${warning}</p>`)}
${tagTable('Tags', span.tags)}${span.logs.map(log => tagTable(`Event at +${durationOf(log.timestamp - start)}`, log.fields))}
${tagTable('Process', process)}</details>`;
}

function tagTable(title: string, tags: JaegerTag[]): Markup {
  if (tags.length === 0) return markup``;
  const rows = tags.map(({ key, value }) => markup`<tr><th>${key}</th><td>${String(value)}</td></tr>`);
  return markup`<table class="tags"><caption>${title}</caption>${rows}</table>`;
}

// Parents before children, siblings by start; a span whose parent is not here stands at the left.
function inTreeOrder(trace: JaegerTrace): { span: JaegerSpan; depth: number }[] {
  const known = new Set(trace.spans.map(({ spanID }) => spanID));
  const children = new Map<string, JaegerSpan[]>();
  for (const span of trace.spans) {
    const parent = span.references.find(({ traceID }) => traceID === span.traceID)?.spanID ?? '';
    const key = known.has(parent) && parent !== span.spanID ? parent : '';
    const siblings = children.get(key);
    if (siblings === undefined) children.set(key, [span]);
    else siblings.push(span);
  }
  const ordered: { span: JaegerSpan; depth: number }[] = [];
  const latestFirst = (spans: JaegerSpan[]) => spans.sort((a, b) => b.startTime - a.startTime);
  const open = latestFirst(children.get('') ?? []).map(span => ({ span, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    ordered.push(next);
    const depth = next.depth + 1;
    for (const span of latestFirst(children.get(next.span.spanID) ?? [])) open.push({ span, depth });
    children.delete(next.span.spanID);
  }
  return ordered;
}

/** The root is the first in the tree, not in time: a `cold start` begins with the first of its phases. */
function extent(trace: JaegerTrace): { root: JaegerSpan; start: number; duration: number } {
  const root = inTreeOrder(trace)[0]?.span ?? (trace.spans[0] as JaegerSpan);
  let start = root.startTime;
  let end = 0;
  for (const span of trace.spans) {
    start = Math.min(start, span.startTime);
    end = Math.max(end, span.startTime + span.duration);
  }
  return { root, start, duration: end - start };
}

function serviceOf(trace: JaegerTrace, span: JaegerSpan): string {
  return trace.processes[span.processID]?.serviceName ?? '';
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function dateOf(microseconds: number): string {
  const date = new Date(microseconds / 1_000);
  return Number.isNaN(date.getTime()) ? 'an impossible date' : date.toISOString().replace('T', ' ');
}

function durationOf(microseconds: number): string {
  if (microseconds < 1_000) return `${microseconds} µs`;
  if (microseconds < 1_000_000) return `${(microseconds / 1_000).toFixed(1)} ms`;
  return `${(microseconds / 1_000_000).toFixed(2)} s`;
}
