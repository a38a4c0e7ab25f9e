import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { readTraces } from '../read/index.ts';

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
  return readTraces(await textOf(response)).find(({ spans }) => spans.length > 0);
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > mostBytes) throw new Error('its response is larger than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
