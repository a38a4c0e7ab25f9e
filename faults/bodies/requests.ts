/** Bodies that do not come as their requests say. */
import { setTimeout as pause } from 'node:timers/promises';

export interface BodyFault {
  title: string;
  /** The statuses of the responses, in their order. */
  statuses: readonly number[];
  /** What is sent, piece by piece. @param type the header Content-Type, or nothing */
  send(type: string): AsyncIterable<string> | Iterable<string>;
  /** Whether the client ends its side of the connection after that. */
  ends?: boolean;
  /** Whether it concerns only bodies that the runtime parses. */
  isParsed?: boolean;
}

/** REQUEST_BODY_LIMIT of the function, in bytes. */
export const bodyLimit = 1_048_576;

const head = (type: string, extra: string): string =>
  `POST /?fault=counts-body HTTP/1.1\r\nHost: localhost\r\n${type}${extra}\r\n`;
const chunked = 'Transfer-Encoding: chunked\r\n';
const half = 'x'.repeat(500);
const chunkBytes = 65_536;

/** What the runtime waits for, up to two windows of its limit for slow uploads: see packages/runtime/src/upload.ts. */
export const slowBodies: readonly BodyFault[] = [
  {
    title: 'a body that stops half-way',
    statuses: [408],
    send: type => [head(type, 'Content-Length: 1000\r\n'), half],
  },
  {
    title: 'a chunked body that stops half-way',
    statuses: [408],
    send: type => [head(type, chunked), '3e8\r\n', half],
  },
  {
    title: 'a body at a byte a second',
    statuses: [408],
    async *send(type) {
      yield head(type, 'Content-Length: 1000\r\n');
      for (let sent = 0; sent < 60; sent++) {
        yield 'x';
        await pause(1_000, undefined, { ref: false });
      }
    },
  },
];

export const wrongBodies: readonly BodyFault[] = [
  {
    title: 'a body that is shorter than it says',
    statuses: [400],
    ends: true,
    send: type => [head(type, 'Content-Length: 1000\r\n'), half],
  },
  {
    title: 'a body that is longer than it says',
    statuses: [200, 400],
    send: type => [head(type, 'Content-Length: 500\r\n'), `${half}and more`, '\r\n\r\n'],
  },
  {
    title: 'chunks that are none',
    statuses: [400],
    send: type => [head(type, chunked), `1f4\r\n${half}\r\nand more`, '\r\n\r\n'],
  },
  {
    title: 'a body that is larger than allowed',
    statuses: [413],
    send: type => [head(type, `Content-Length: ${bodyLimit + 1}\r\n`)],
  },
  {
    title: 'a chunked body that is larger than allowed',
    statuses: [413],
    isParsed: true,
    *send(type) {
      yield head(type, chunked);
      const chunk = `${chunkBytes.toString(16)}\r\n${'x'.repeat(chunkBytes)}\r\n`;
      for (let sent = 0; sent <= bodyLimit; sent += chunkBytes) yield chunk;
    },
  },
];
