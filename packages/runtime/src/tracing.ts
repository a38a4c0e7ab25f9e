import { createRequire } from 'node:module';
import { DiagLogLevel, diag, type TextMapPropagator } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { BriefCommands } from './brief-commands.ts';
import { channelLoader } from './channel.ts';
import { PreciseStart } from './clock.ts';
import { ContextManager } from './context.ts';
import { Delivery } from './delivery.ts';
import { namedInstrumentations } from './function-package.ts';
import { modulesOf } from './instrumentation-classes.ts';
import { createInstrumentations } from './instrumentations.ts';
import { log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { OpenSpans } from './open-spans.ts';
import { cleanEnvironment } from './otel-environment.ts';
import { metricsExporters } from './otel-settings.ts';
import { known } from './otel-values.ts';
import { functionResource } from './resource.ts';
import type { Config } from './settings.ts';

export { isHealthCheck } from './instrumentations.ts';

const require = createRequire(import.meta.url);

export interface Tracing {
  /** Delivers what has ended, for so many ms at most, and lets go of the exporter. */
  stop(limitMs: number): Promise<void>;
  /** Spans that have begun and not ended, sampled ones. */
  open: OpenSpans;
  /** Sampled spans that have ended, by whether the collector has taken them. */
  counts(): { delivered: number; undelivered: number };
  /** Where metrics are sent, and not only fetched: whether the last ones have been taken. */
  metricsDelivered(): boolean | undefined;
  /** The modules that instrumentations patch when they are required. */
  patched: string[];
}

async function propagator(names: Config['propagators']): Promise<TextMapPropagator> {
  const make: Record<string, () => TextMapPropagator | Promise<TextMapPropagator>> = {
    tracecontext: () => new W3CTraceContextPropagator(),
    baggage: () => new W3CBaggagePropagator(),
    b3: async () => new (await import('@opentelemetry/propagator-b3')).B3Propagator(),
    b3multi: async () => {
      const { B3InjectEncoding, B3Propagator } = await import('@opentelemetry/propagator-b3');
      return new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
    },
    jaeger: async () => new (await import('@opentelemetry/propagator-jaeger')).JaegerPropagator(),
  };
  const wanted = [...new Set(names)].flatMap(name => make[name] ?? []);
  return new CompositePropagator({ propagators: await Promise.all(wanted.map(one => one())) });
}

/** OpenTelemetry's own complaints become log lines: most of all, that its queue was full and spans were dropped. */
function logDiagnostics(): void {
  // ioredis settles what timed out once more when its connection closes: of 53 commands, 212 warnings.
  const isAfterEnd = /ended Span|end\(\) on a span once/;
  const write =
    (severity: keyof typeof log) =>
    (message: string, ...details: unknown[]) => {
      // What a component's logger writes has the component's name before the message.
      const line = [message, ...details.filter(each => typeof each === 'string')].join(': ');
      log[severity === 'warning' && isAfterEnd.test(line) ? 'debug' : severity](line);
    };
  const level = (take('OTEL_LOG_LEVEL') ?? 'warn').toUpperCase() as keyof typeof DiagLogLevel;
  diag.setLogger(
    {
      error: write('warning'),
      warn: write('warning'),
      info: write('info'),
      debug: write('debug'),
      verbose: write('debug'),
    },
    { logLevel: DiagLogLevel[level], suppressOverrideMessage: true },
  );
}

async function loadMetrics(resource: Resource): Promise<Metrics | undefined> {
  const names = known(metricsExporters, process.env['OTEL_METRICS_EXPORTER']).filter(name => name !== 'none');
  if (names.length === 0) return undefined;
  const { startMetrics } = await import('./metrics.ts');
  return startMetrics(names, resource);
}

/**
 * Reads a variable and removes it, so that NodeSDK does not see it: with OTEL_SDK_DISABLED it would not propagate the
 * trace's context either, which OpenTelemetry's specification leaves on; with OTEL_LOG_LEVEL it would write lines that
 * are not JSON.
 */
function take(name: string): string | undefined {
  const value = process.env[name];
  delete process.env[name];
  return value;
}

/**
 * Sets tracing up; whatever it patches (`http`, the framework, ioredis) must be loaded afterwards.
 * @param extra processors that see every span besides the exporter: for tests
 */
export async function startTracing(settings: Config, extra: SpanProcessor[] = []): Promise<Tracing> {
  for (const warning of cleanEnvironment(process.env)) log.warning(warning);
  logDiagnostics();
  const resource = functionResource(settings.functionTarget);
  const isDisabled = take('OTEL_SDK_DISABLED') === 'true';
  const load = isDisabled ? undefined : channelLoader(settings, resource);
  const metrics = isDisabled ? undefined : await loadMetrics(resource);
  const delivery = load && new Delivery(load);
  const open = new OpenSpans();
  const instrumentations = createInstrumentations(namedInstrumentations(settings.functionSource));
  // NodeSDK would export log records, too.
  process.env['OTEL_LOGS_EXPORTER'] = 'none';
  const sdk = new NodeSDK({
    resource,
    // functionResource has detected what there is to detect.
    autoDetectResources: false,
    spanProcessors: [
      open,
      new PreciseStart(),
      new BriefCommands(),
      ...(delivery ? [delivery] : []),
      ...extra,
    ],
    metricReaders: [],
    contextManager: new ContextManager(),
    textMapPropagator: await propagator(settings.propagators),
    instrumentations,
  });
  sdk.start();
  // It is patched when it is required; what is imported afterwards is the same object.
  require('node:http');
  return {
    open,
    patched: modulesOf(instrumentations),
    async stop(limitMs) {
      await Promise.all([delivery?.stop(limitMs), metrics?.stop(limitMs)]);
      await sdk.shutdown().catch(() => undefined);
    },
    counts() {
      const { ended = 0, delivered = 0 } = delivery ?? {};
      return { delivered, undelivered: ended - delivered };
    },
    metricsDelivered: () => metrics?.isDelivered(),
  };
}
