import { currentInvocation, HttpError } from '@traced-functions/runtime';
import { get } from '../shared/client.ts';
import type { Target } from '../shared/targets.ts';
import { withoutBaggage } from './forward.ts';
import { targetUrl } from './target.ts';

export interface Result {
  status: number;
  milliseconds: number;
  body: unknown;
}

function parse(body: string, type = ''): unknown {
  try {
    return /\bjson\b/.test(type) ? JSON.parse(body) : body;
  } catch {
    return body;
  }
}

async function call(target: Target): Promise<Result> {
  const began = performance.now();
  const result = (status: number, body: unknown) => ({
    status,
    milliseconds: Math.round(performance.now() - began),
    body,
  });
  const invocation = currentInvocation();
  const remainingMs = invocation?.remainingMs() ?? 0;
  const options = {
    signal: invocation?.signal,
    timeoutMs: remainingMs,
    maxRedirects: 0,
    headers: { 'x-request-timeout-ms': String(remainingMs) },
  };
  try {
    const { status, headers, body } = await get(
      String(targetUrl(target)),
      options,
      `The function ${target.name}`,
    );
    return result(status, parse(String(body), headers['content-type']));
  } catch (error) {
    invocation?.signal.throwIfAborted();
    if (!(error instanceof HttpError)) throw error;
    return result(error.status, error.message);
  }
}

/** Calls the functions in parallel, or sequentially; each has its own result, whatever it is. */
export async function callAll(targets: Target[], serial: boolean): Promise<Record<string, Result>> {
  const results: Record<string, Result> = {};
  const one = async (target: Target) => {
    results[target.name] = await call(target);
  };
  await withoutBaggage(async () => {
    if (serial) for (const target of targets) await one(target);
    else await Promise.all(targets.map(one));
  });
  return Object.fromEntries(targets.map(({ name }) => [name, results[name] as Result]));
}
