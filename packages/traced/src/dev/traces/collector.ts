/** The two ports that spans come in by: Jaeger's thrift over HTTP, and OTLP over HTTP. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';
import { BodyBudget, HttpError, readBody } from './bounded-server.ts';
import { decodeOtlp, OtlpError } from './otlp.ts';
import { encodeStatus } from './otlp-protobuf.ts';
import type { TraceStore } from './store.ts';
import { decodeThriftBatch, ThriftError } from './thrift.ts';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
// Four of the largest bodies at a time, over both ports.
const BUDGET = new BodyBudget(4 * MAX_BODY_BYTES);

const THRIFT_TYPES = ['application/x-thrift', 'application/vnd.apache.thrift.binary'];
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

/** `POST /api/traces`: 202 for a Thrift batch; what cannot be read changes nothing in the store. */
export function thriftCollector(store: TraceStore): RequestListener {
  return (request, response) => {
    answer(request, response, async () => {
      expectPost(request, '/api/traces');
      expectType(request, THRIFT_TYPES);
      store.add(decodeThriftBatch(await readBody(request, MAX_BODY_BYTES, BUDGET)));
      response.writeHead(202).end();
    });
  };
}

/** `POST /v1/traces`: 200 with an empty response in the request's encoding. */
export function otlpCollector(store: TraceStore): RequestListener {
  return (request, response) => {
    answer(request, response, async () => {
      expectPost(request, '/v1/traces');
      const type = expectType(request, [PROTOBUF, JSON_TYPE]);
      const body = await decompress(await readBody(request, MAX_BODY_BYTES, BUDGET), request);
      store.add(decodeOtlp(body, type === PROTOBUF ? 'protobuf' : 'json'));
      response.writeHead(200, { 'Content-Type': type }).end(type === PROTOBUF ? '' : '{"partialSuccess":{}}');
    });
  };
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
  if (error instanceof ThriftError || error instanceof OtlpError) {
    return new HttpError(400, `Unable to process request body: ${error.message}`);
  }
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

const DECOMPRESSORS = {
  gzip: promisify(gunzip),
  zlib: promisify(inflate),
  deflate: promisify(inflate),
  zstd: promisify(zstdDecompress),
};

async function decompress(body: Buffer, request: IncomingMessage): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  if (!Object.hasOwn(DECOMPRESSORS, encoding)) {
    const supported = Object.keys(DECOMPRESSORS).join(', ');
    throw new HttpError(415, `unsupported content encoding, supported: [${supported}]`);
  }
  BUDGET.take(MAX_BODY_BYTES);
  try {
    const unpack = DECOMPRESSORS[encoding as keyof typeof DECOMPRESSORS];
    return await unpack(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new HttpError(413, `the body is larger than ${MAX_BODY_BYTES} bytes; send smaller batches`);
    }
    throw new HttpError(400, `the body is not ${encoding}: ${(error as Error).message}`);
  } finally {
    BUDGET.give(MAX_BODY_BYTES);
  }
}

// google.rpc.Code, as OTLP asks for in an error's body.
const RPC_CODES: Record<number, number> = { 400: 3, 413: 8, 503: 14 };

function statusBody(type: string, status: number, message: string): string | Uint8Array {
  const code = RPC_CODES[status] ?? 2;
  return type === PROTOBUF ? encodeStatus(code, message) : JSON.stringify({ code, message });
}
