/** What the other side of an HTTP request can do wrong, on the level of bytes. */
import type { Socket } from 'node:net';

/** Writes on and on until the connection is closed. */
const trickle = (socket: Socket, bytes: string): void => {
  const timer = setInterval(() => socket.write(bytes), 10);
  socket.once('close', () => clearInterval(timer));
};

export interface Fault {
  /** What the server does with the first request. */
  act: (socket: Socket) => void;
  /** `late` is the 504 of the time limit; otherwise a 502 with this message. */
  expected: 'late' | RegExp;
}

export const ok = 'HTTP/1.1 200 OK\r\n';
const unreachable = /^The page cannot be reached\.$/;
const noResponse = /^The page gave no HTTP response\.$/;
export const faults: Record<string, Fault> = {
  'switches protocols': {
    act: socket => socket.write('HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nxx'),
    expected: noResponse,
  },
  'switches protocols without saying to which': {
    act: socket => socket.write('HTTP/1.1 101 S\r\n\r\n'),
    expected: noResponse,
  },
  'has a status below 100': {
    act: socket => socket.write('HTTP/1.1 099 S\r\nContent-Length: 0\r\n\r\n'),
    expected: noResponse,
  },
  'sends 103 for ever': {
    act: socket => trickle(socket, 'HTTP/1.1 103 Early\r\nLink: x\r\n\r\n'),
    expected: 'late',
  },
  'sends 102, then nothing': {
    act: socket => socket.write('HTTP/1.1 102 Processing\r\n\r\n'),
    expected: 'late',
  },
  'sends 100, then closes': {
    act: socket => socket.end('HTTP/1.1 100 Continue\r\n\r\n'),
    expected: unreachable,
  },
  'says nothing': { act: () => undefined, expected: 'late' },
  'closes before a response': { act: socket => socket.end(), expected: unreachable },
  'resets before a response': { act: socket => socket.resetAndDestroy(), expected: unreachable },
  'does not speak HTTP': { act: socket => socket.write('SSH-2.0-x\r\n'), expected: unreachable },
  'sends its headers byte by byte': {
    act: socket => {
      socket.write(`${ok}x: `);
      trickle(socket, 'x');
    },
    expected: 'late',
  },
  'floods with headers': {
    act: socket => socket.write(`${ok}${'x: y\r\n'.repeat(20_000)}`),
    expected: unreachable,
  },
  'closes inside the headers': { act: socket => socket.end(`${ok}x: `), expected: unreachable },
  'closes after the headers': {
    act: socket => socket.end(`${ok}Content-Length: 9\r\n\r\n`),
    expected: unreachable,
  },
  'sends less than Content-Length': {
    act: socket => socket.end(`${ok}Content-Length: 9\r\n\r\nhalf`),
    expected: unreachable,
  },
  'sends chunks without the last': {
    act: socket => socket.end(`${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`),
    expected: unreachable,
  },
  'sends a chunk that is none': {
    act: socket => socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n`),
    expected: unreachable,
  },
  'trickles a body that only the end delimits': {
    act: socket => {
      socket.write(`${ok}\r\n`);
      trickle(socket, 'x');
    },
    expected: 'late',
  },
  'stops inside a body that only the end delimits': {
    act: socket => socket.write(`${ok}\r\nhalf`),
    expected: 'late',
  },
  'resets inside a body that only the end delimits': {
    act: socket => socket.write(`${ok}\r\nhalf`, () => setImmediate(() => socket.resetAndDestroy())),
    expected: unreachable,
  },
  'trickles chunks': {
    act: socket => {
      socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`);
      trickle(socket, '1\r\nx\r\n');
    },
    expected: 'late',
  },
  'redirects to itself': {
    act: socket => socket.write('HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
    expected: /redirects too often/,
  },
  'redirects to a malformed user name': {
    act: socket =>
      socket.write('HTTP/1.1 302 F\r\nLocation: http://%zz@127.0.0.1/\r\nContent-Length: 0\r\n\r\n'),
    expected: unreachable,
  },
};
