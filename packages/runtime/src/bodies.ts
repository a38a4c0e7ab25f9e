/** Reads a request's body into `req.body` and `req.rawBody`, as the Functions Framework does. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from './problem.ts';

type Next = (error?: unknown) => void;
type Parser = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

/** Whether the request's headers announce a body, which may turn out to be empty. */
export const announcesBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** Whether the body is one that gets parsed: without a type, the function reads the request by itself. */
export const isParsed = (req: IncomingMessage): boolean =>
  req.headers['content-type'] !== undefined && announcesBody(req);

const tooLarge = (limit: number): HttpError =>
  new HttpError(413, `The request body is larger than ${limit} bytes.`);

/** 413 for a body whose length is announced and too large. */
export function lengthFault({ headers }: IncomingMessage, limit: number): HttpError | undefined {
  const length = headers['content-length'];
  return length !== undefined && Number(length) > limit ? tooLarge(limit) : undefined;
}

/** The framework's parsers in its order, the first that matches the type reads the body. Loaded at the first body. */
async function loadParsers(limit: number): Promise<Parser[]> {
  const { default: bodyParser } = await import('body-parser');
  const verify = (req: IncomingMessage, _res: ServerResponse, rawBody: Buffer) =>
    void Object.assign(req, { rawBody });
  const options = { limit, verify };
  return [
    bodyParser.json({ ...options, type: 'application/cloudevents+json' }),
    bodyParser.json(options),
    bodyParser.text(options),
    bodyParser.urlencoded({ ...options, extended: true }),
    bodyParser.raw({ ...options, type: '*/*' }),
  ];
}

let parsers: Promise<Parser[]> | undefined;

const details: Record<string, string> = {
  'charset.unsupported': 'The charset of the request body is not supported.',
  'encoding.unsupported': 'The Content-Encoding of the request body is not supported.',
  'entity.parse.failed': 'The request body is not what its Content-Type says.',
  'parameters.too.many': 'The request body has too many parameters.',
};

function asHttpError(error: unknown, limit: number): unknown {
  const { status = 500, type = '' } = error as { status?: number; type?: string };
  if (type === 'entity.too.large') return tooLarge(limit);
  if (status >= 500) return error;
  return new HttpError(status, details[type] ?? 'The request body could not be read.', { cause: error });
}

/**
 * Reads and parses a body of `limit` bytes at most, inflated where it is compressed.
 * @throws HttpError 400, 413 or 415
 */
export async function readBody(req: IncomingMessage, res: ServerResponse, limit: number): Promise<void> {
  parsers ??= loadParsers(limit);
  const chain = await parsers;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = (index: number, error?: unknown): void => {
    const parse = chain[index];
    if (error) reject(asHttpError(error, limit));
    else if (parse === undefined) resolve();
    else parse(req, res, problem => run(index + 1, problem));
  };
  run(0);
  // The parser would read a body that is too large to its end before it says so.
  if (req.readableFlowing && req.headers['content-length'] === undefined) {
    let bytes = 0;
    req.on('data', ({ length }: Buffer) => {
      bytes += length;
      if (bytes > limit) reject(tooLarge(limit));
    });
  }
  await promise;
}

/**
 * Waits for the end of a chunked request, where the function accepts no body.
 * @throws HttpError 413 where there is one
 */
export function requireNoBody(req: IncomingMessage): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  req.once('data', () => reject(new HttpError(413, 'A request here has no body.')));
  req.once('end', resolve);
  req.once('close', () => reject(new HttpError(400, 'The request ended before its body.')));
  return promise;
}
