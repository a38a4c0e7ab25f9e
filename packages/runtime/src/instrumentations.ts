/** The instrumentations: the runtime's own, and those that the function's package.json names. */
import { ClientRequest, IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { clientAttributes } from './client-attributes.ts';
import { correctIPv6, markResponse } from './client-spans.ts';
import { isColdStart } from './cold-start.ts';
import { config } from './config.ts';
import { hookEsPackages } from './es-packages.ts';
import { received, requested, requesting } from './events.ts';
import type { InstrumentationOptions, NamedInstrumentation } from './function-package.ts';
import { instrumentationsIn, isOwn, loadFailure, modulesOf } from './instrumentation-classes.ts';
import { log } from './log.ts';

export const isHealthCheck = ({ method, url }: IncomingMessage): boolean =>
  config.healthCheck && url === '/healthz' && (method === 'GET' || method === 'HEAD');

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
  correctIPv6(span, req);
  span.setAttributes(clientAttributes());
  req.once('socket', () => span.setAttribute('http.client.connection.reused', req.reusedSocket));
}

/** A response that was not delivered is an error, whatever its status says. */
function markClientGone(
  span: Span,
  req: ClientRequest | IncomingMessage,
  res: IncomingMessage | ServerResponse,
): void {
  if (!(req instanceof IncomingMessage) || !('writableFinished' in res) || res.writableFinished) return;
  span.setAttribute('error.type', 'client_gone');
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'the response was not delivered' });
}

const requestHook: typeof markReuse = (span, req) => {
  markReuse(span, req);
  if (req instanceof ClientRequest) requested.publish(req);
};

const responseHook: typeof markResponse = (span, res) => {
  markResponse(span, res);
  if (!(res instanceof IncomingMessage)) received.publish(res);
};

const noAttributes: Attributes = {};
const startOutgoingSpanHook = (options: RequestOptions): Attributes => {
  requesting.publish(options);
  return noAttributes;
};

const faasAttributes = (): Attributes => ({ 'faas.trigger': 'http', 'faas.coldstart': isColdStart() });

type Options = Record<string, unknown>;

/** Without it there are no server spans. */
const http = '@opentelemetry/instrumentation-http';

/** The runtime's own, by the package of each; options from package.json are added to what the runtime needs. */
const ownInstrumentations: Readonly<Record<string, (options: Options) => Instrumentation>> = {
  [http]: options =>
    new HttpInstrumentation({
      ...options,
      ignoreIncomingRequestHook: isHealthCheck,
      startIncomingSpanHook: faasAttributes,
      startOutgoingSpanHook,
      requestHook,
      responseHook,
      applyCustomAttributesOnSpan: markClientGone,
      headersToSpanAttributes: { client: { responseHeaders: ['cache-control'] } },
    }),
  '@opentelemetry/instrumentation-undici': options =>
    new UndiciInstrumentation({
      ...options,
      requestHook: span => void span.setAttributes(clientAttributes()),
    }),
  '@opentelemetry/instrumentation-ioredis': options =>
    new IORedisInstrumentation({ dbStatementSerializer: redactStatement, ...options }),
};

function load(named: NamedInstrumentation, options: Options): Instrumentation[] {
  try {
    const made = instrumentationsIn(named.load(), options);
    hookEsPackages(named, modulesOf(made));
    return made;
  } catch (error) {
    log.warning('an instrumentation cannot be loaded; the function runs without it', {
      instrumentation: named.name,
      reason: loadFailure(error),
    });
    return [];
  }
}

/** What package.json says of one, where that makes sense. */
function optionsOf(name: string, given: InstrumentationOptions): Options | false {
  if (given === false && name !== http) return false;
  if (given === true) return {};
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  const rule = name === http ? 'must be an object of options' : 'must be an object of options or false';
  log.warning(`package.json: "traced-functions".instrumentations["${name}"] ${rule}`);
  return {};
}

/** @param named those that the function's package.json names; the runtime's own among them get their options by it */
export function createInstrumentations(named: readonly NamedInstrumentation[]): Instrumentation[] {
  const given = new Map(named.map(each => [each.name, optionsOf(each.name, each.options)]));
  const own = Object.entries(ownInstrumentations).flatMap(([name, create]) => {
    const options = given.get(name) ?? {};
    return options === false ? [] : [create(options)];
  });
  const others = named.flatMap(each => {
    const options = given.get(each.name) ?? {};
    return options === false || isOwn(each.name) ? [] : load(each, options);
  });
  return [...own, ...others];
}
