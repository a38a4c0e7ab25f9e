/** Reads traces from text, whichever of the usual formats and envelopes it is in. */
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { type Document, documentsOf } from './documents.ts';
import { formats } from './formats.ts';
import { GatheredTraces } from './gathered.ts';
import { checkJsonSize } from './json-size.ts';
import { Reading } from './reading.ts';
import { SetAside } from './set-aside.ts';
import { isObject, type JsonObject, shown, TraceFormatError } from './trace-format.ts';

export { SetAside } from './set-aside.ts';
export { TraceFormatError } from './trace-format.ts';

/**
 * The traces of a text: one or several documents in any of the formats, as a backend's API or an exporter writes them.
 * May be none. Spans are gathered by their trace's id.
 * @param setAside takes what cannot be read, and how much was read
 * @throws TraceFormatError, with a message for people, and nothing else, where nothing can be read
 */
export function readTraces(text: string, setAside = new SetAside()): JaegerTrace[] {
  const traces = new GatheredTraces();
  const reader = new JsonReader(new Reading({ setAside }), traces);
  const documents = documentsOf(checked(text.replace(/^\uFEFF/, '')));
  for (const document of documents) {
    reader.read(document);
    // There may be a hundred thousand of them.
    document.value = undefined;
  }
  return finished(traces, setAside);
}

/** What was gathered. Throws `TraceFormatError` where everything was set aside. */
export function finished(gathered: GatheredTraces, setAside: SetAside): JaegerTrace[] {
  const traces = gathered.all().filter(({ spans }) => spans.length > 0);
  const spans = traces.reduce((sum, trace) => sum + trace.spans.length, 0);
  if (spans === 0 && setAside.first !== undefined) throw setAside.first;
  setAside.addRead('span', spans);
  return traces;
}

function checked(text: string): string {
  const start = text.trimStart().slice(0, 1);
  if (start === '') throw new TraceFormatError('The input is empty, not a trace.');
  if (start === '<') throw new TraceFormatError('The input is a page (HTML or XML), not a trace in JSON.');
  checkJsonSize(text);
  return text;
}

/** Envelopes and lists are within each other this often, at most: a list of responses, each a list of traces. */
const mostEnvelopes = 4;

const expected = `a trace in ${new Intl.ListFormat('en', { type: 'disjunction' }).format(formats.map(({ name }) => name))}`;

class JsonReader {
  readonly #reading: Reading;
  readonly #traces: GatheredTraces;

  constructor(reading: Reading, traces: GatheredTraces) {
    this.#reading = reading;
    this.#traces = traces;
  }

  read({ value, error, line }: Document): void {
    const read = () => {
      if (error !== undefined) throw error;
      this.#read(value, 0);
    };
    if (line === undefined) read();
    else this.#reading.at('line', line, read);
  }

  #read(value: unknown, envelopes: number): void {
    if (envelopes > mostEnvelopes) throw new TraceFormatError(`expected ${expected}, found ${shown(value)}`);
    const format = formats.find(each => each.isDocument(value));
    if (format !== undefined) format.read(value, this.#reading, this.#traces);
    else if (Array.isArray(value))
      this.#reading.items(value, 'trace', item => this.#read(item, envelopes + 1));
    else if (isObject(value)) this.#readEnvelope(value, envelopes);
    else throw new TraceFormatError(`expected ${expected}, found ${shown(value)}`);
  }

  #readEnvelope(value: JsonObject, envelopes: number): void {
    // `result` is Jaeger's API v3, `trace` Tempo's v2.
    const inner = value['data'] ?? value['result'] ?? value['trace'];
    if (otherSignals.some(name => Array.isArray(value[name]))) return;
    if (isError(value) && (inner === undefined || inner === null || isEmptyList(inner)))
      throw answeredError(value);
    if (isObject(inner) || Array.isArray(inner)) this.#read(inner, envelopes + 1);
    else if (!('data' in value && value['data'] === null)) throw new TraceFormatError(found(value));
  }
}

/** What the Collector's file exporter writes beside traces. */
const otherSignals = ['Metrics', 'Logs', 'Profiles'].flatMap(signal => [
  `resource${signal}`,
  `resource_${signal.toLowerCase()}`,
]);

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const isError = ({ errors, error }: JsonObject): boolean =>
  (Array.isArray(errors) && errors.length > 0) || (error !== undefined && error !== null && error !== false);

/** Jaeger's own response where it has no such trace: `{"errors": [{"code", "msg"}]}`, or `{"error": {"message"}}`. */
function answeredError({ errors, error }: JsonObject): TraceFormatError {
  const first: unknown = Array.isArray(errors) && errors.length > 0 ? errors[0] : error;
  const message = isObject(first) ? (first['msg'] ?? first['message']) : first;
  const text = typeof message === 'string' ? message.slice(0, 500) : shown(first);
  return new TraceFormatError(`this is an error, not a trace: ${text}`);
}

function found(value: JsonObject): string {
  if ('resource' in value || 'scopeSpans' in value) return `expected "resourceSpans" around ${shown(value)}`;
  return `expected ${expected} ("spans", "data" or "resourceSpans"), found ${shown(value)}`;
}
