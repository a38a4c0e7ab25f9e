/** Reads traces from text, whichever of the usual forms of Jaeger's or OpenTelemetry's JSON it is in. */
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { readJaegerTrace } from './jaeger-json.ts';
import { linesOf, piecesOf } from './json-pieces.ts';
import { checkJsonSize } from './json-size.ts';
import { OtlpTraces } from './otlp-json.ts';
import { at, isObject, type JsonObject, shown, TraceFormatError } from './trace-format.ts';

export { TraceFormatError } from './trace-format.ts';

/**
 * The traces of a text: an answer of Jaeger's query API (`/api/traces`, `/api/v3/traces`), what its page downloads,
 * a trace or a list of traces; OTLP's JSON as the Collector's file exporter, Jaeger 2 or Tempo write it; or several
 * of these in a row. May be none. OTLP's spans are gathered by their trace's id.
 * Throws `TraceFormatError`, with a message for people, and nothing else.
 */
export function readTraces(text: string): JaegerTrace[] {
  const reader = new Reader();
  for (const { value, line } of documents(text.replace(/^\uFEFF/, ''))) {
    if (line === undefined) reader.read(value);
    else at(`line ${line}`, () => reader.read(value));
  }
  return reader.traces();
}

interface Document {
  value: unknown;
  line?: number;
}

function* documents(text: string): Generator<Document> {
  const start = text.trimStart().slice(0, 2);
  if (start === '') throw new TraceFormatError('The input is empty, not a trace.');
  if (start === '\x1f\x8b' || start === '\x1f\ufffd')
    throw new TraceFormatError('The input is gzipped: gunzip it.');
  if (start.startsWith('<'))
    throw new TraceFormatError('The input is a page (HTML or XML), not a trace in JSON.');
  checkJsonSize(text);
  const whole = parsed(text);
  if (!(whole instanceof Error)) return yield { value: whole };
  const pieces = piecesOf(text) ?? linesOf(text);
  if (pieces.length < 2 || parsed(pieces[0]?.text ?? '') instanceof Error)
    throw new TraceFormatError(`The input is not JSON: ${whole.message}`);
  for (const { text: piece, line } of pieces) {
    const value = parsed(piece);
    if (value instanceof Error) throw new TraceFormatError(`line ${line} is not JSON: ${value.message}`);
    yield { value, line };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error as SyntaxError;
  }
}

/** Envelopes and lists are within each other this often, at most: a list of answers, each a list of traces. */
const mostEnvelopes = 4;

const expected = "a trace in Jaeger's JSON or OTLP's";

class Reader {
  readonly #jaeger: JaegerTrace[] = [];
  readonly #otlp = new OtlpTraces();

  traces(): JaegerTrace[] {
    return [...this.#jaeger, ...this.#otlp.traces()];
  }

  read(value: unknown, envelopes = 0): void {
    if (envelopes > mostEnvelopes || (!isObject(value) && !Array.isArray(value))) {
      throw new TraceFormatError(`expected ${expected}, found ${shown(value)}`);
    }
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) at(`trace ${i + 1}`, () => this.read(item, envelopes + 1));
    } else {
      this.#readObject(value as JsonObject, envelopes);
    }
  }

  #readObject(value: JsonObject, envelopes: number): void {
    const resourceSpans = value['resourceSpans'] ?? value['resource_spans'] ?? value['batches'];
    // `result` is Jaeger's API v3, `trace` Tempo's v2.
    const inner = value['data'] ?? value['result'] ?? value['trace'];
    if (Array.isArray(value['spans'])) this.#jaeger.push(readJaegerTrace(value));
    else if (Array.isArray(resourceSpans)) this.#otlp.add(resourceSpans);
    // Java's logging exporter writes each of the list by itself.
    else if (bare.some(name => Array.isArray(value[name]))) this.#otlp.add([value]);
    else if (otherSignals.some(name => Array.isArray(value[name]))) return;
    else if (isError(value) && (inner === undefined || inner === null || isEmptyList(inner)))
      throw answeredError(value);
    else if (isObject(inner) || Array.isArray(inner)) this.read(inner, envelopes + 1);
    else if (!('data' in value && value['data'] === null)) throw new TraceFormatError(found(value));
  }
}

const bare = ['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans'];

/** What the Collector's file exporter writes beside traces. */
const otherSignals = ['Metrics', 'Logs', 'Profiles'].flatMap(signal => [
  `resource${signal}`,
  `resource_${signal.toLowerCase()}`,
]);

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const isError = ({ errors, error }: JsonObject): boolean =>
  (Array.isArray(errors) && errors.length > 0) || (error !== undefined && error !== null && error !== false);

/** Jaeger's own answer when it has no such trace: `{"errors": [{"code", "msg"}]}`, or `{"error": {"message"}}`. */
function answeredError({ errors, error }: JsonObject): TraceFormatError {
  const first: unknown = Array.isArray(errors) && errors.length > 0 ? errors[0] : error;
  const message = isObject(first) ? (first['msg'] ?? first['message']) : first;
  const text = typeof message === 'string' ? message.slice(0, 500) : shown(first);
  return new TraceFormatError(`this is an error, not a trace: ${text}`);
}

function found(value: JsonObject): string {
  if ('resource' in value || 'scopeSpans' in value) return `expected "resourceSpans" around ${shown(value)}`;
  if ('traceId' in value && 'id' in value) return `expected ${expected}, found a span of Zipkin's`;
  return `expected ${expected} ("spans", "data" or "resourceSpans"), found ${shown(value)}`;
}
