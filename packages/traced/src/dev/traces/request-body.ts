/** Bodies of requests: received and unpacked within a limit, at the cost of a share of a common budget. */
import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import zlib, { createGunzip, createInflate } from 'node:zlib';
import type { Share } from './fair-budget.ts';
import { HttpError } from './http-error.ts';

/** Reads a body of at most `limit` bytes. Throws `HttpError` 413 or 503; rejects if the client disconnects. */
export function readBody(request: IncomingMessage, limit: number, share: Share): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isWhole = false;
    const fail = (error: Error) => {
      if (isWhole) return;
      request.off('data', onData);
      chunks.length = 0;
      share.close();
      // Node itself discards a body only if nothing of it was read; the rest would keep the next request waiting.
      request.resume();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) return fail(tooLarge(limit));
      try {
        share.take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    if (Number(request.headers['content-length'] ?? 0) > limit) return fail(tooLarge(limit));
    share.onRevoke(fail);
    request.on('data', onData);
    request.once('end', () => {
      isWhole = true;
      share.isTransferring = false;
      share.onRevoke(undefined);
      resolve(Buffer.concat(chunks));
    });
    request.once('error', fail);
    request.once('close', () => fail(new Error('the client disconnected')));
  });
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `the body is larger than ${limit} bytes; send smaller batches`);
}

const DECOMPRESSORS: Record<string, () => Transform> = {
  gzip: createGunzip,
  zlib: createInflate,
  deflate: createInflate,
  // Node 20, on which `traced capture` runs too, has no zstd.
  ...(zlib.createZstdDecompress && { zstd: zlib.createZstdDecompress }),
};

/**
 * Unpacks a body as its Content-Encoding says, to at most `limit` bytes, off this thread. Throws `HttpError` 400, 413,
 * 415 or 503.
 */
export async function unpack(
  body: Buffer,
  contentEncoding: string | undefined,
  limit: number,
  share: Share,
): Promise<Buffer> {
  const encoding = (contentEncoding ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  const create = Object.hasOwn(DECOMPRESSORS, encoding) ? DECOMPRESSORS[encoding] : undefined;
  if (create === undefined) {
    const supported = Object.keys(DECOMPRESSORS).join(', ');
    throw new HttpError(415, `unsupported content encoding, supported: [${supported}]`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of create().end(body) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLarge(limit);
      share.take(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, `the body is not ${encoding}: ${(error as Error).message}`);
  }
  return Buffer.concat(chunks);
}
