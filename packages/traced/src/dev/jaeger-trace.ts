import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { readTraces } from '../read/index.ts';
import { responseText } from '../read/response-text.ts';

const withinMs = 2_000;
/** The first request's trace has some 100 kB. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Reads a trace from a Jaeger's query API; undefined where it has none of this id, or none yet.
 * @throws {Error} for any other answer, with a reason for people; also where it is larger than 16 MiB or not whole
 * within 2 s
 */
export async function readJaegerTrace(jaegerUrl: string, traceId: string): Promise<JaegerTrace | undefined> {
  const signal = AbortSignal.timeout(withinMs);
  const response = await fetch(`${jaegerUrl}/api/traces/${traceId}`, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw new Error(`it responds with status ${response.status}`);
  }
  const text = await responseText(response, mostBytes, 'its response is larger than 16 MiB');
  return readTraces(text).find(({ spans }) => spans.length > 0);
}
