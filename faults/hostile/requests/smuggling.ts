/**
 * Requests that two servers could see the end of in two places, with another request behind that end: what must not be
 * taken for a request that somebody sent. See "HTTP Desync Attacks" (Kettle, 2019) and RFC 9112, 6.3 and 9.6.
 */
import type { Random } from '../random.ts';
import type { Part } from './volley.ts';

interface Vector {
  how: string;
  /** Lines of the head, each with its end. */
  head: string;
  /** What is between the head and the request that is smuggled. */
  before?: string;
  /** The request that is smuggled is inside of the body, which is so much longer than it. */
  within?: { before: string; after: string };
}

const chunk = '4\r\nabcd\r\n';
const chunkedEnd = '0\r\n\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n';

const conflicts: Vector[] = [
  { how: 'Content-Length and chunked', head: `Content-Length: 5\r\n${chunked}`, before: chunkedEnd },
  { how: 'chunked and Content-Length', head: `${chunked}Content-Length: 5\r\n`, before: chunkedEnd },
  { how: 'chunked and Content-Length: 0', head: `${chunked}Content-Length: 0\r\n`, before: '' },
  { how: 'chunked twice', head: `${chunked}${chunked}`, before: chunkedEnd },
  { how: 'chunked and identity', head: `${chunked}Transfer-Encoding: identity\r\n`, before: chunkedEnd },
  {
    how: 'two lengths',
    head: 'Content-Length: 0\r\nContent-Length: 44\r\n',
    before: '',
  },
  { how: 'the same length twice', head: 'Content-Length: 4\r\nContent-Length: 4\r\n', before: 'abcd' },
];

const encodings = [
  'xchunked',
  'chunked, identity',
  'identity',
  'chunked, chunked',
  '"chunked"',
  'chunked;q=1',
  'chunked\x0b',
  '\x0bchunked',
  'chunked\x00',
  '',
  'gzip',
  'chunke\xe4',
];

const lengths = [
  '+4',
  '4, 4',
  '4;',
  '0x4',
  '4 4',
  '-4',
  '4.0',
  '4e0',
  '',
  '\x0b4',
  '4\x00',
  `1${'0'.repeat(30)}`,
];

const spelt: Vector[] = [
  ...encodings.map(value => ({
    how: `Transfer-Encoding: ${JSON.stringify(value)}`,
    head: `Transfer-Encoding: ${value}\r\n`,
    before: chunkedEnd,
  })),
  ...lengths.map(value => ({
    how: `Content-Length: ${JSON.stringify(value)}`,
    head: `Content-Length: ${value}\r\n`,
    before: 'abcd',
  })),
  ...['Transfer-Encoding : chunked', 'Transfer-Encoding\t: chunked', ' Transfer-Encoding: chunked'].map(
    line => ({
      how: JSON.stringify(line),
      head: `${line}\r\n`,
      before: chunkedEnd,
    }),
  ),
  ...['Content-Length : 4', 'Content-Length\x00: 4', 'X: y\r\n Content-Length: 4'].map(line => ({
    how: JSON.stringify(line),
    head: `${line}\r\n`,
    before: 'abcd',
  })),
  { how: 'a line that ends with CR', head: `X: y\rTransfer-Encoding: chunked\r\n`, before: chunkedEnd },
  { how: 'a line that ends with LF', head: `X: y\nTransfer-Encoding: chunked\r\n`, before: chunkedEnd },
  { how: 'a NUL', head: 'X: a\0b\r\n', before: '' },
  { how: 'a line without a colon', head: 'Content-Length 4\r\n', before: 'abcd' },
];

const sizes = ['0x0', '-0', '+0', '', ' 0', '0 ', 'g', 'fffffffffffffffff', '0;\n', '0\n'];

const chunks: Vector[] = sizes.map(size => ({
  how: `a chunk of size ${JSON.stringify(size)}`,
  head: chunked,
  before: `${size}\r\n\r\n`,
}));

/** No server may find a second request in these. */
const ambiguous: readonly Vector[] = [...conflicts, ...spelt, ...chunks];

/** Where a body is refused, so is all that follows on its connection. */
const refusedBodies: Vector[] = [
  { how: 'behind a body', head: 'Content-Length: 4\r\n', before: 'abcd' },
  // Not empty ones, which are no body: what follows those is a request like any other.
  { how: 'behind a chunked body', head: chunked, before: `${chunk}${chunkedEnd}` },
  { how: 'behind a trailer', head: chunked, before: `${chunk}0\r\nX: y\r\n\r\n` },
  { how: 'behind two codings', head: 'Transfer-Encoding: identity, chunked\r\n', before: chunkedEnd },
  { how: 'behind CHUNKED', head: 'TRANSFER-ENCODING: CHUNKED\r\n', before: `${chunk}${chunkedEnd}` },
  {
    how: 'behind a body that was announced',
    head: 'Content-Length: 4\r\nExpect: 100-continue\r\n',
    before: 'abcd',
  },
  { how: 'behind Connection: close', head: 'Connection: close\r\n', before: '' },
];

const insideBodies: Vector[] = [
  { how: 'inside of a body', head: '', within: { before: '', after: '' } },
  { how: 'inside of a body, behind its end', head: '', within: { before: '\r\n\r\n', after: '\r\n' } },
];

/** What must not be seen anywhere. */
export const smuggledWord = 'smuggled';

const assemble = (vector: Vector, first: string, inner: string): string => {
  const { head, before = '', within } = vector;
  if (within === undefined) return `${first}${head}\r\n${before}${inner}`;
  const body = `${within.before}${inner}${within.after}`;
  return `${first}${head}Content-Length: ${body.length}\r\n\r\n${body}`;
};

function smuggle(vectors: readonly Vector[], first: Opening, random: Random, marker: string): Part {
  const { method, path, inner } = first;
  const vector = random.pick(vectors);
  const lines = `${method} ${path}?mark=${marker} HTTP/1.1\r\nHost: localhost\r\nX-Mark: ${marker}\r\n`;
  const bytes = Buffer.from(assemble(vector, lines, inner), 'latin1');
  return { bytes, marker, how: `${method} with a request ${vector.how}`, kept: false, most: 1 };
}

export interface Opening {
  method: string;
  path: string;
  /** The request that is smuggled. */
  inner: string;
}

/** To a server that may take what has a body: only what no server may find a second request in. */
export const smuggleToTaker = (first: Opening, random: Random, marker: string): Part =>
  smuggle(ambiguous, first, random, marker);

const refused = [...ambiguous, ...refusedBodies, ...insideBodies];

/** To a server that takes GET and HEAD without a body, and nothing behind what it refuses. */
export function smuggleToRefuser(path: string, random: Random, marker: string): Part {
  const method = random.pick(['GET', 'GET', 'POST', 'PUT']);
  const inner = `GET /alpha?${smuggledWord}=${marker} HTTP/1.1\r\nHost: localhost\r\nX-Mark: ${marker}\r\n\r\n`;
  return smuggle(refused, { method, path, inner }, random, marker);
}
