import { setTimeout as pause } from 'node:timers/promises';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { log } from './log.ts';
import type { Config } from './settings.ts';

export interface DeliveryLimits {
  /** One try's limit. */
  tryTimeoutMs: number;
  /** The longest pause after each try; the true one is random up to it. What fails after the last is dropped. */
  pausesMs: number[];
}

/** 10 s is what OpenTelemetry's OTEL_EXPORTER_*_TIMEOUT has by default. */
const defaultLimits: DeliveryLimits = { tryTimeoutMs: 10_000, pausesMs: [100, 400, 1_600, 6_400] };

/** Sends to Jaeger with the resource told once per batch instead of once per span, as Jaeger's own clients do. */
async function jaegerExporter(config: Config, resource: Resource): Promise<SpanExporter> {
  const { JaegerExporter } = await import('@opentelemetry/exporter-jaeger');
  const { 'service.name': service = 'unknown_service', ...rest } = resource.attributes;
  const tags = Object.entries(rest).map(([key, value]) => ({
    key,
    value: value as string | number | boolean,
  }));
  const agent = process.env['OTEL_EXPORTER_JAEGER_AGENT_HOST'] !== undefined;
  const options = {
    ...(agent ? {} : { endpoint: config.jaegerEndpoint }),
    // For the sender below the exporter, whose default of 100 would split the processor's batches.
    maxSpanBatchSize: 100_000,
    tags,
  };
  const exporter = new JaegerExporter(options);
  const named = resourceFromAttributes({ 'service.name': service });
  const lighten = (span: ReadableSpan): ReadableSpan => Object.create(span, { resource: { value: named } });
  return {
    export: (spans, done) => exporter.export(spans.map(lighten), done),
    shutdown: () => exporter.shutdown(),
  };
}

/** Loads the exporter that the settings ask for; undefined for `none`. */
export function exporterLoader(
  config: Config,
  resource: Resource,
): (() => Promise<SpanExporter>) | undefined {
  switch (config.tracesExporter) {
    case 'none':
      return undefined;
    case 'console':
      return async () => new (await import('@opentelemetry/sdk-trace-base')).ConsoleSpanExporter();
    case 'otlp':
      return async () => new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter();
    case 'jaeger':
      return () => jaegerExporter(config, resource);
  }
}

/**
 * Delivers batches one after the other: the exporter's code is loaded with the first (a cold start need not wait for
 * it), each try has a time limit, a failed one is repeated, and what was delivered and dropped is counted.
 */
export class DeliveringExporter implements SpanExporter {
  /** Spans that the collector has taken. */
  delivered = 0;
  #dropped = 0;
  readonly #load: () => Promise<SpanExporter>;
  readonly #limits: DeliveryLimits;
  #exporter: Promise<SpanExporter> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(load: () => Promise<SpanExporter>, limits = defaultLimits) {
    this.#load = load;
    this.#limits = limits;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#last = this.#last
      .then(() => this.#deliver(spans))
      .then(
        () => done({ code: ExportResultCode.SUCCESS }),
        error => done({ code: ExportResultCode.FAILED, error }),
      );
  }

  async #deliver(spans: ReadableSpan[]): Promise<void> {
    for (const pauseMs of this.#limits.pausesMs) {
      const taken = await this.#try(spans).then(
        () => true,
        () => false,
      );
      if (taken) return;
      await pause(Math.random() * pauseMs);
    }
    await this.#try(spans).catch(error => {
      this.#dropped += spans.length;
      const reason = error instanceof Error ? error.message : String(error);
      log.warning('spans dropped', { count: spans.length, reason, dropped_so_far: this.#dropped });
      throw error;
    });
  }

  async #try(spans: ReadableSpan[]): Promise<void> {
    this.#exporter ??= this.#load();
    const exporter = await this.#exporter;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      // Its connection may hang for good: start over with a new one.
      this.#exporter = undefined;
      exporter.shutdown().catch(() => undefined);
      reject(new Error(`the collector did not answer within ${this.#limits.tryTimeoutMs} ms`));
    }, this.#limits.tryTimeoutMs);
    exporter.export(spans, result => {
      if (result.code === ExportResultCode.SUCCESS) resolve();
      else reject(result.error ?? new Error('the exporter gave no reason'));
    });
    await promise.finally(() => clearTimeout(timer));
    this.delivered += spans.length;
  }

  /** Waits for the exports under way, which the batch processor's own flush does not. */
  async forceFlush(): Promise<void> {
    await this.#last;
  }

  async shutdown(): Promise<void> {
    await this.#last;
    if (this.#exporter !== undefined) await (await this.#exporter).shutdown();
  }
}
