/** The two ports that spans come in by: Jaeger's thrift over HTTP, and OTLP over HTTP. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Document } from './decode.ts';
import type { Decoder } from './decoder.ts';
import { FairBudget } from './fair-budget.ts';
import { HttpError } from './http-error.ts';
import { encodeStatus } from './otlp-status.ts';
import { readBody, unpack } from './request-body.ts';
import type { TraceStore } from './store.ts';

// More would keep the other ports waiting.
const MAX_SPANS_AT_ONCE = 2_000;
const MAX_BODY_BYTES = 16 * 1024 * 1024;
// Four of the largest bodies at a time, over both ports.
const BUDGET = new FairBudget(4 * MAX_BODY_BYTES);

const THRIFT_TYPES = ['application/x-thrift', 'application/vnd.apache.thrift.binary'];
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

/** Where spans go, and what reads them. */
export interface Intake {
  store: TraceStore;
  decoder: Decoder;
}

/** `POST /api/traces`: 202 for a Thrift batch; what cannot be read changes nothing in the store. */
export function thriftCollector(intake: Intake): RequestListener {
  return (request, response) => {
    answer(request, response, async () => {
      expectPost(request, '/api/traces');
      expectType(request, THRIFT_TYPES);
      await take(request, 'thrift', intake);
      response.writeHead(202).end();
    });
  };
}

/** `POST /v1/traces`: 200 with an empty response in the request's encoding. */
export function otlpCollector(intake: Intake): RequestListener {
  return (request, response) => {
    answer(request, response, async () => {
      expectPost(request, '/v1/traces');
      const type = expectType(request, [PROTOBUF, JSON_TYPE]);
      await take(request, type === PROTOBUF ? 'protobuf' : 'json', intake);
      response.writeHead(200, { 'Content-Type': type }).end(type === PROTOBUF ? '' : '{"partialSuccess":{}}');
    });
  };
}

async function take(request: IncomingMessage, format: Document['format'], intake: Intake): Promise<void> {
  intake.decoder.start();
  const share = BUDGET.open();
  try {
    const sent = await readBody(request, MAX_BODY_BYTES, share);
    // Jaeger's port for Thrift takes no other encoding.
    const encoding = format === 'thrift' ? undefined : request.headers['content-encoding'];
    const body = await unpack(sent, encoding, MAX_BODY_BYTES, share);
    const spans = await intake.decoder.decode({ format, body }, share);
    for (let from = 0; from < spans.length; from += MAX_SPANS_AT_ONCE) {
      if (from > 0) await setImmediate();
      intake.store.add(spans.slice(from, from + MAX_SPANS_AT_ONCE));
    }
  } finally {
    share.close();
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: () => Promise<void>,
): Promise<void> {
  try {
    await handle();
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const { status, message, headers } = toHttpError(error);
    const type = mediaType(request);
    if (request.url?.startsWith('/v1/') && status !== 404 && (type === PROTOBUF || type === JSON_TYPE)) {
      response.writeHead(status, { ...headers, 'Content-Type': type }).end(statusBody(type, status, message));
    } else {
      response
        .writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' })
        .end(`${message}\n`);
    }
  }
}

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  // Nothing else is expected; what it is stays out of the answer.
  return new HttpError(500, 'the spans could not be stored');
}

function expectPost(request: IncomingMessage, path: string): void {
  if ((request.url ?? '').split('?')[0] !== path)
    throw new HttpError(404, `not found; spans go to POST ${path}`);
  if (request.method !== 'POST') {
    throw new HttpError(405, '405 method not allowed, supported: [POST]', { Allow: 'POST' });
  }
}

function expectType(request: IncomingMessage, types: readonly string[]): string {
  const type = mediaType(request);
  if (types.includes(type)) return type;
  throw new HttpError(415, `415 unsupported media type, supported: [${types.join(', ')}]`);
}

function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

// google.rpc.Code, as OTLP asks for in an error's body.
const RPC_CODES: Record<number, number> = { 400: 3, 413: 8, 503: 14 };

function statusBody(type: string, status: number, message: string): string | Uint8Array {
  const code = RPC_CODES[status] ?? 2;
  return type === PROTOBUF ? encodeStatus(code, message) : JSON.stringify({ code, message });
}
