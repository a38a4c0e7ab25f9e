import RedisParser from 'redis-parser';

/** A reply before it is written. A string is a bulk string whose characters are bytes (latin1). */
export type Reply =
  | string
  | number
  | null
  | readonly Reply[]
  | { status: string }
  | { error: string }
  | { verbatim: string }
  | { map: readonly (readonly [name: string, value: Reply])[] }
  | { set: readonly Reply[] };

/** 2 until the client asks for 3 with HELLO. */
export type ProtocolVersion = 2 | 3;

/** What a command refuses; the message is Redis's own, beginning with its code (`ERR`, `WRONGPASS`). */
export class CommandError extends Error {}

/** What came is no request; the connection can't go on. */
export class ProtocolError extends Error {}

/** Writes a reply as RESP2 or RESP3, each character one byte. */
export function encodeReply(reply: Reply, version: ProtocolVersion): string {
  if (reply === null) return version === 3 ? '_\r\n' : '$-1\r\n';
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (isList(reply)) return encodeList('*', reply, version);
  if ('status' in reply) return `+${reply.status}\r\n`;
  // A line break in a quoted argument would end the error early and desynchronise the client.
  if ('error' in reply) return `-${reply.error.replaceAll(/[\r\n]/g, ' ')}\r\n`;
  if ('verbatim' in reply) {
    if (version === 2) return encodeReply(reply.verbatim, version);
    return `=${reply.verbatim.length + 4}\r\ntxt:${reply.verbatim}\r\n`;
  }
  if ('map' in reply) {
    const items = reply.map.flat();
    const head = version === 3 ? `%${reply.map.length}` : `*${items.length}`;
    return [`${head}\r\n`, ...items.map(item => encodeReply(item, version))].join('');
  }
  return encodeList(version === 3 ? '~' : '*', reply.set, version);
}

function encodeList(kind: string, items: readonly Reply[], version: ProtocolVersion): string {
  return [`${kind}${items.length}\r\n`, ...items.map(item => encodeReply(item, version))].join('');
}

// Array.isArray doesn't narrow a readonly array.
function isList(reply: Reply): reply is readonly Reply[] {
  return Array.isArray(reply);
}

/** A request that is longer than this is refused, so that one client can't fill the memory. */
export const maxRequestBytes = 8 * 1024 * 1024;

// The parser reads replies and so descends into nested arrays, which no request has, and reserves each at its
// announced length; looking after every kilobyte bounds what a hostile client can make it reserve.
const sliceBytes = 1024;

/** Cuts a client's bytes into requests, each a list of arguments (latin1). */
export class RequestReader {
  readonly #parser: RedisParser;
  #pendingBytes = 0;

  constructor(onRequest: (args: string[]) => void) {
    const refuse = (error: Error): never => {
      throw new ProtocolError(error.message);
    };
    this.#parser = new RedisParser({
      returnBuffers: true,
      returnReply: request => {
        this.#pendingBytes = 0;
        onRequest(argumentsOf(request));
      },
      returnError: refuse,
      returnFatalError: refuse,
    });
  }

  /** @throws {ProtocolError} if the bytes are no request; nothing may be fed after that. */
  feed(chunk: Buffer): void {
    for (let start = 0; start < chunk.length; start += sliceBytes) {
      const slice = chunk.subarray(start, start + sliceBytes);
      this.#pendingBytes += slice.length;
      this.#execute(slice);
      if (this.#parser.arrayCache.length > 1) throw new ProtocolError("expected '$', got '*'");
      if (this.#pendingBytes > maxRequestBytes) throw new ProtocolError('request too long');
    }
  }

  #execute(slice: Buffer): void {
    try {
      this.#parser.execute(slice);
    } catch (error) {
      // An announced length that no array can have, or nesting deeper than the stack.
      if (error instanceof RangeError) throw new ProtocolError('invalid multibulk length');
      throw error;
    }
  }
}

function argumentsOf(request: unknown): string[] {
  if (!Array.isArray(request)) throw new ProtocolError('a request is an array of bulk strings');
  return request.map(argument => {
    if (!Buffer.isBuffer(argument)) throw new ProtocolError("expected '$'");
    return argument.toString('latin1');
  });
}
