/** A function that is measured, and the collector that gets what it measures. */
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { type FunctionProcess, startFunctionProcess } from '../../../../test/helpers/process.ts';
import { type Collector, type Post, startMetricsCollector } from './metrics-collector.ts';

export const source = fileURLToPath(new URL('../sources/measured.cjs', import.meta.url));

export interface Started {
  measured: FunctionProcess;
  collector: Collector;
}

/**
 * @param env what its environment has besides, or has instead; a function of the collector's URL where it needs that
 * @param file the bundle to run in place of the source
 */
export async function start(
  t: ExecutionContext,
  env: NodeJS.ProcessEnv | ((url: string) => NodeJS.ProcessEnv) = {},
  file?: string,
): Promise<Started> {
  const collector = await startMetricsCollector();
  t.teardown(collector.close);
  const settings = {
    FUNCTION_SOURCE: source,
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    ...(typeof env === 'function' ? env(collector.url) : env),
  };
  const measured = await startFunctionProcess('measured', settings, file);
  t.teardown(() => measured.child.kill('SIGKILL'));
  return { measured, collector };
}

/** Stops a function, and gives what it sent as it stopped. */
export async function stop(
  { child, exit, log }: FunctionProcess,
  collector: Collector,
  t: ExecutionContext,
): Promise<Post> {
  child.kill('SIGTERM');
  t.is((await exit).code, 0);
  t.like(log.at(-1), { message: 'stopped', metrics_delivered: true });
  const post = collector.posts.at(-1);
  if (post === undefined) throw new Error('no metrics came');
  return post;
}

/** Where a function's metrics are scraped. */
export function scrapeUrl({ log }: FunctionProcess): string {
  const line = log.find(({ message }) => message === 'metrics can be scraped');
  return `http://localhost:${line?.['port']}${line?.['path']}`;
}
