/** What one request may bring: bounds on what is made of its bytes, where the bytes themselves say little. */
import { type Process, type Span, spanBytes, tagsBytes } from '../../read/span.ts';

/** A request has more of something than the store takes; the message says of what. */
export class LimitError extends Error {
  override name = 'LimitError';
}

export const MAX_SPANS = 100_000;
/** Spans, attributes, events, links and values in lists of one request. */
export const MAX_VALUES = 500_000;
/** Attributes of a span and its events together, and links: what is made of one span cannot be interrupted. */
export const MAX_SPAN_VALUES = 20_000;
/** Of a resource: they are repeated for each trace of a search. */
export const MAX_PROCESS_TAGS = 1_000;
/** Characters of a service's or an operation's name. */
export const MAX_NAME_LENGTH = 65_536;
/** Accounted bytes, as the store counts them; its default limit for all traces. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Checks the spans of one request before they are kept. Text that many spans share, such as a scope's name, is small
 * in the request and in memory, but not in what is made of it later. Throws `LimitError`.
 */
export function checkLimits(spans: readonly Span[]): void {
  if (spans.length > MAX_SPANS) throw new LimitError(`${spans.length} spans, at most ${MAX_SPANS} are read`);
  const processes = new Set<Process>();
  let bytes = 0;
  for (const span of spans) {
    checkName(span.operationName, 'an operation name');
    checkValues(span);
    bytes += spanBytes(span);
    if (processes.has(span.process)) continue;
    processes.add(span.process);
    checkProcess(span.process);
    bytes += tagsBytes(span.process.tags);
  }
  if (bytes > MAX_BYTES) throw new LimitError(`the spans need ${bytes} bytes, at most ${MAX_BYTES} are kept`);
}

function checkValues({ tags, references, logs }: Span): void {
  let values = tags.length + references.length + logs.length;
  for (const { fields } of logs) values += fields.length;
  if (values > MAX_SPAN_VALUES) {
    throw new LimitError(
      `${values} attributes, events and links of a span, at most ${MAX_SPAN_VALUES} are read`,
    );
  }
}

function checkProcess({ serviceName, tags }: Process): void {
  checkName(serviceName, 'a service name');
  if (tags.length > MAX_PROCESS_TAGS)
    throw new LimitError(`${tags.length} attributes of a resource, at most ${MAX_PROCESS_TAGS} are read`);
}

function checkName(name: string, what: string): void {
  if (name.length > MAX_NAME_LENGTH)
    throw new LimitError(`${what} of ${name.length} characters, at most ${MAX_NAME_LENGTH} are read`);
}
