import type { Random } from '../random.ts';

/** An HTTP request before it is bytes. */
export interface Draft {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: string | Buffer;
}

/** With the length of its body, where it has one. */
export function encodeDraft({ method, target, headers, body }: Draft): Buffer {
  const length: Draft['headers'] =
    body.length > 0 ? [['Content-Length', String(Buffer.byteLength(body))]] : [];
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body]);
}

export const traceparentOf = (marker: string, random: Random): string => `00-${marker}-${random.hex(15)}1-01`;

/** A GET as a good client sends it, with its mark wherever there is room for one. */
export const getDraft = (path: string, random: Random, marker: string): Draft => ({
  method: 'GET',
  target: `${path}${path.includes('?') ? '' : '?'}mark=${marker}`,
  headers: [
    ['Host', 'localhost'],
    ['User-Agent', 'faults/1'],
    ['Accept', '*/*'],
    ['X-Mark', marker],
    ['traceparent', traceparentOf(marker, random)],
    ['tracestate', `faults=${marker}`],
    ['baggage', `mark=${marker};property`],
  ],
  body: '',
});

/** Takes all headers of these names away. */
export function withoutHeaders(draft: Draft, names: readonly string[]): void {
  draft.headers = draft.headers.filter(([name]) => !names.includes(name.toLowerCase()));
}

const repeated = (least: number, most: number, piece: (random: Random) => string) => (random: Random) =>
  Array.from({ length: random.between(least, most) }, () => piece(random)).join('');

// RFC 9110's field-vchar and whitespace: what HTTP lets a value have.
const valueBytes = Array.from({ length: 256 }, (_, code) => code).filter(
  code => code === 9 || (code >= 32 && code !== 127),
);
const targetBytes = '!"$%&\'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~#';
const nameBytes = "!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz";

/** Any text that a header may have for its value. */
export const anyValue = (random: Random, most = 100): string =>
  repeated(0, most, () => String.fromCharCode(random.pick(valueBytes)))(random);

export const anyTarget = (random: Random, most = 40): string =>
  repeated(0, most, () => targetBytes[random.below(targetBytes.length)] ?? '')(random);

export const anyName = (random: Random): string =>
  `x-${repeated(1, 20, () => nameBytes[random.below(nameBytes.length)] ?? '')(random)}`;
