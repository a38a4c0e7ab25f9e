/** Ways to a collector: how spans are encoded, and how they get there. */
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Config } from './settings.ts';

/** What came of sending a batch. */
export type Reply =
  | { kind: 'taken' }
  /** It may be taken later. */
  | { kind: 'again'; reason: string; afterMs?: number | undefined }
  /** It has more bytes than the collector takes at once. */
  | { kind: 'too-large'; reason: string }
  /** It will never be taken; of a batch that was taken in part, so many spans were not. */
  | { kind: 'refused'; reason: string; spans?: number };

export interface Channel<Content = unknown> {
  encode(spans: readonly ReadableSpan[]): Content;
  /** What is kept in memory for it, in bytes. */
  size(content: Content): number;
  /** @returns what came of it; never rejects */
  send(contents: readonly Content[], spans: number): Promise<Reply>;
  close(): Promise<void>;
}

/** Loads the channel that the settings ask for, which a cold start need not wait for; undefined for `none`. */
export function channelLoader(config: Config, resource: Resource): (() => Promise<Channel>) | undefined {
  switch (config.tracesExporter) {
    case 'none':
      return undefined;
    case 'console':
      return async () => (await import('./exporter-channel.ts')).consoleChannel();
    case 'otlp':
      return async () => (await import('./otlp-channel.ts')).otlpChannel();
    case 'jaeger': {
      const toAgent = Boolean(process.env['OTEL_EXPORTER_JAEGER_AGENT_HOST']);
      return toAgent
        ? async () => (await import('./exporter-channel.ts')).jaegerAgentChannel(resource)
        : async () => (await import('./jaeger-channel.ts')).jaegerChannel(config.jaegerEndpoint, resource);
    }
  }
}
