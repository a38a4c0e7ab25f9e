/** Channels over exporters that take spans as they are. */
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { JaegerExporter } from '@opentelemetry/exporter-jaeger';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { ConsoleSpanExporter, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { Channel, Reply } from './channel.ts';

/** About what the SDK's span takes with its attributes. */
const bytesOfSpan = 3_000;

function exporterChannel(exporter: SpanExporter): Channel<readonly ReadableSpan[]> {
  return {
    encode: spans => spans,
    size: spans => spans.length * bytesOfSpan,
    send(batches) {
      const { promise, resolve } = Promise.withResolvers<Reply>();
      exporter.export(batches.flat(), ({ code, error }: ExportResult) => {
        if (code === ExportResultCode.SUCCESS) resolve({ kind: 'taken' });
        else resolve({ kind: 'again', reason: error?.message ?? 'the exporter gave no reason' });
      });
      return promise;
    },
    close: () => exporter.shutdown(),
  };
}

export const consoleChannel = (): Channel<readonly ReadableSpan[]> =>
  exporterChannel(new ConsoleSpanExporter());

/** By UDP to an agent beside the function; the resource is told once per batch, not once per span. */
export function jaegerAgentChannel({ attributes }: Resource): Channel<readonly ReadableSpan[]> {
  const { 'service.name': service = 'unknown_service', ...rest } = attributes;
  const tags = Object.entries(rest).map(([key, value]) => ({
    key,
    value: value as string | number | boolean,
  }));
  // The exporter would take the collector's address, which is unused where there is an agent's, for its own.
  delete process.env['OTEL_EXPORTER_JAEGER_ENDPOINT'];
  const channel = exporterChannel(new JaegerExporter({ tags }));
  const named = { value: resourceFromAttributes({ 'service.name': service }) };
  return {
    ...channel,
    encode: spans => spans.map((span): ReadableSpan => Object.create(span, { resource: named })),
  };
}
