import { ClientRequest, IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import {
  type Attributes,
  DiagLogLevel,
  diag,
  type Span,
  SpanStatusCode,
  type TextMapPropagator,
} from '@opentelemetry/api';
import {
  CompositePropagator,
  getNumberFromEnv,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { SpanLimits } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { BriefCommands } from './brief-commands.ts';
import { channelLoader } from './channel.ts';
import { clientAttributes } from './client-attributes.ts';
import { PreciseStart } from './clock.ts';
import { isColdStart } from './cold-start.ts';
import { ContextManager } from './context.ts';
import { Delivery } from './delivery.ts';
import { log } from './log.ts';
import { functionResource } from './resource.ts';
import type { Config } from './settings.ts';

const require = createRequire(import.meta.url);

export interface Tracing {
  /** Delivers what has ended, for so many ms at most, and lets go of the exporter. */
  stop(limitMs: number): Promise<void>;
  /** Sampled spans that have ended, by whether the collector has taken them. */
  counts(): { delivered: number; undelivered: number };
}

export const isHealthCheck = ({ method, url }: IncomingMessage): boolean =>
  url === '/healthz' && (method === 'GET' || method === 'HEAD');

/** The statement of a Redis command with its first key at most: never a value, never a password. */
const keyed = new Set([
  'get',
  'set',
  'mset',
  'mget',
  'del',
  'exists',
  'expire',
  'ttl',
  'incr',
  'hget',
  'hset',
  'hgetall',
]);
export function redactStatement(command: string, args: ReadonlyArray<unknown>): string {
  if (args.length === 0 || !keyed.has(command.toLowerCase())) return command;
  const others = args.length > 1 ? ` [${args.length - 1} other arguments]` : '';
  return `${command} ${String(args[0])}${others}`;
}

/** Client spans say whether their connection was there already, and what the function's code has to say of them. */
function markReuse(span: Span, req: ClientRequest | IncomingMessage): void {
  if (!(req instanceof ClientRequest)) return;
  span.setAttributes(clientAttributes());
  req.once('socket', () => span.setAttribute('http.client.connection.reused', req.reusedSocket));
}

/** An answer that never got to its client is no success, whatever its status says. */
function markClientGone(
  span: Span,
  req: ClientRequest | IncomingMessage,
  res: IncomingMessage | ServerResponse,
): void {
  if (!(req instanceof IncomingMessage) || !('writableFinished' in res) || res.writableFinished) return;
  span.setAttribute('error.type', 'client_gone');
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'the answer was not delivered' });
}

const faasAttributes = (): Attributes => ({ 'faas.trigger': 'http', 'faas.coldstart': isColdStart() });

function instrument(): void {
  registerInstrumentations({
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: isHealthCheck,
        startIncomingSpanHook: faasAttributes,
        requestHook: markReuse,
        applyCustomAttributesOnSpan: markClientGone,
        headersToSpanAttributes: { client: { responseHeaders: ['cache-control'] } },
      }),
      new UndiciInstrumentation({ requestHook: span => void span.setAttributes(clientAttributes()) }),
      new IORedisInstrumentation({ dbStatementSerializer: redactStatement }),
    ],
  });
  // It is patched when it is required; what is imported afterwards is the same object.
  require('node:http');
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

/** What the settings have checked already, and nothing else reads. */
const alreadyChecked = new Set(['OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_JAEGER_ENDPOINT']);

/** A cold start with no other of OpenTelemetry's variables need not load their table. */
async function checkEnvironment(): Promise<void> {
  const isToCheck = (name: string) => name.startsWith('OTEL_') && !alreadyChecked.has(name);
  if (!Object.keys(process.env).some(isToCheck)) return;
  const { checkOtelEnvironment } = await import('./otel-environment.ts');
  for (const warning of checkOtelEnvironment(process.env)) log.warning(warning);
}

/** OpenTelemetry's own complaints become log lines, from the level OTEL_LOG_LEVEL on. */
function logDiagnostics(): void {
  const wanted = (process.env['OTEL_LOG_LEVEL'] ?? 'warn').toUpperCase() as keyof typeof DiagLogLevel;
  // ioredis settles what timed out once more when its connection closes: of 53 commands, 212 warnings.
  const isAfterEnd = /ended Span|end\(\) on a span once/;
  const warn = (message: string) => (isAfterEnd.test(message) ? log.debug(message) : log.warning(message));
  const { info, debug } = log;
  const levels = { error: warn, warn, info: (message: string) => info(message) };
  const details = {
    debug: (message: string) => debug(message),
    verbose: (message: string) => debug(message),
  };
  diag.setLogger(
    { ...levels, ...details },
    { logLevel: DiagLogLevel[wanted], suppressOverrideMessage: true },
  );
}

/** By the names that OpenTelemetry's specification has, two of which its SDK does not read. */
function spanLimits(): SpanLimits {
  const attributeCount = getNumberFromEnv('OTEL_ATTRIBUTE_COUNT_LIMIT') ?? 128;
  const valueLength = getNumberFromEnv('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? Number.POSITIVE_INFINITY;
  return {
    attributeCountLimit: getNumberFromEnv('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT') ?? attributeCount,
    attributeValueLengthLimit: getNumberFromEnv('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? valueLength,
    eventCountLimit: getNumberFromEnv('OTEL_SPAN_EVENT_COUNT_LIMIT') ?? 128,
    linkCountLimit: getNumberFromEnv('OTEL_SPAN_LINK_COUNT_LIMIT') ?? 128,
    attributePerEventCountLimit: getNumberFromEnv('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT') ?? 128,
    attributePerLinkCountLimit: getNumberFromEnv('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT') ?? 128,
  };
}

/**
 * Sets tracing up; whatever it patches (`http`, the framework, ioredis) must be loaded afterwards.
 * @param extra processors that see every span besides the exporter: for tests
 */
export async function startTracing(config: Config, extra: SpanProcessor[] = []): Promise<Tracing> {
  await checkEnvironment();
  logDiagnostics();
  const resource = functionResource(config.functionTarget);
  const load = process.env['OTEL_SDK_DISABLED'] === 'true' ? undefined : channelLoader(config, resource);
  const delivery = load && new Delivery(load);
  const processors = [new PreciseStart(), new BriefCommands(), ...(delivery ? [delivery] : []), ...extra];
  const provider = new NodeTracerProvider({ resource, spanProcessors: processors, spanLimits: spanLimits() });
  provider.register({
    contextManager: new ContextManager(),
    propagator: await propagator(config.propagators),
  });
  instrument();
  return {
    async stop(limitMs) {
      await delivery?.stop(limitMs);
      await provider.shutdown().catch(() => undefined);
    },
    counts() {
      const { ended = 0, delivered = 0 } = delivery ?? {};
      return { delivered, undelivered: ended - delivered };
    },
  };
}
