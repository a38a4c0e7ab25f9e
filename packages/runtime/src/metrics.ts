/** Metrics of the runtime and of the function's own meters; loaded only where OTEL_METRICS_EXPORTER asks for them. */
import type { ServerResponse } from 'node:http';
import { type Meter, metrics } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationType,
  ConsoleMetricExporter,
  MeterProvider,
  type MetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import pkg from '../package.json' with { type: 'json' };
import type { Reply } from './channel.ts';
import { coldStart, invoked, ready } from './events.ts';
import { durationIn, measureHttpRequests } from './http-metrics.ts';
import { type MetricChannel, PushReader } from './metric-push.ts';
import type { metricsExporters } from './otel-settings.ts';
import { otlpMetrics } from './otlp-metrics.ts';
import { PrometheusReader } from './prometheus.ts';

export interface Metrics {
  /** Sends what there is, for so many ms at most, and closes what Prometheus asks. */
  stop(limitMs: number): Promise<void>;
  /** Whether everything that is sent, not fetched, has been taken; undefined where nothing is sent. */
  isDelivered(): boolean | undefined;
}

function consoleMetrics(): MetricChannel {
  const exporter = new ConsoleMetricExporter();
  return {
    options: {},
    isDelta: false,
    send(resourceMetrics) {
      const { promise, resolve } = Promise.withResolvers<Reply>();
      exporter.export(resourceMetrics, ({ code, error }: ExportResult) => {
        if (code === ExportResultCode.SUCCESS) resolve({ kind: 'taken' });
        else resolve({ kind: 'refused', reason: error?.message ?? 'the exporter gave no reason' });
      });
      return promise;
    },
    close: () => exporter.shutdown(),
  };
}

/** OpenTelemetry's semantic conventions for FaaS metrics. */
function measureFunction(meter: Meter): void {
  const trigger = { 'faas.trigger': 'http' };
  const init = durationIn(
    meter,
    'faas.init_duration',
    "Measures the duration of the function's initialization, such as a cold start.",
  );
  const invocation = durationIn(
    meter,
    'faas.invoke_duration',
    "Measures the duration of the function's logic execution.",
  );
  const coldStarts = meter.createCounter('faas.coldstarts', {
    description: 'Number of invocation cold starts.',
    unit: '{coldstart}',
  });
  ready.subscribe(milliseconds => init.record((milliseconds as number) / 1_000, trigger));
  coldStart.subscribe(() => coldStarts.add(1, trigger));
  invoked.subscribe(message => {
    const start = performance.now();
    const record = () => invocation.record((performance.now() - start) / 1_000, trigger);
    (message as ServerResponse).once('close', record);
  });
}

/** Instrumentations that would record what http-metrics.ts does. */
const measuredHere = ['@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-undici'];
const dropped = (meterName: string): ViewOptions => ({
  meterName,
  aggregation: { type: AggregationType.DROP },
});

/**
 * Begins to measure, before instrumentations are made and the function is loaded, which may have meters of their own.
 * @param exporters where metrics go, `none` left out
 */
export async function startMetrics(
  exporters: readonly (typeof metricsExporters)[number][],
  resource: Resource,
  {
    OTEL_METRIC_EXPORT_INTERVAL: interval = '60000',
    OTEL_METRIC_EXPORT_TIMEOUT: timeout = '30000',
  } = process.env,
): Promise<Metrics> {
  const limits = { intervalMs: Number(interval), timeoutMs: Number(timeout) };
  const pushed: PushReader[] = [];
  if (exporters.includes('otlp')) pushed.push(new PushReader(await otlpMetrics(), limits));
  if (exporters.includes('console')) pushed.push(new PushReader(consoleMetrics(), limits));
  const scraped = exporters.includes('prometheus') ? [new PrometheusReader()] : [];
  const readers: MetricReader[] = [...pushed, ...scraped];
  const provider = new MeterProvider({ resource, readers, views: measuredHere.map(dropped) });
  await Promise.all(scraped.map(reader => reader.listen()));
  metrics.setGlobalMeterProvider(provider);
  const meter = provider.getMeter('runtime', pkg.version);
  measureHttpRequests(meter);
  measureFunction(meter);
  return {
    async stop(limitMs) {
      await Promise.all(pushed.map(reader => reader.stop(limitMs)));
      await Promise.all(scraped.map(reader => reader.shutdown()));
    },
    isDelivered: () => (pushed.length > 0 ? pushed.every(reader => reader.isDelivered) : undefined),
  };
}
