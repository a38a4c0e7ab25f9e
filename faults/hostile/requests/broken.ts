/** Requests after which nothing can follow on their connection, each for a reason of its own. */

import type { Random } from '../random.ts';
import { anyValue, type Draft, encodeDraft, getDraft } from './draft.ts';
import { mostHttpAnswers, type Part } from './volley.ts';

type Break = (draft: Draft, random: Random) => string | Buffer;

const crlf = '\r\n';

const greetings = [
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'SSH-2.0-OpenSSH_9.9\r\n',
  '*1\r\n$4\r\nPING\r\n',
  '\x80\x01\x00\x01\x00\x00\x00\x04ping',
  'GET /\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n',
  '\0'.repeat(300),
  crlf.repeat(2_000),
];

const methods = [
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'CONNECT',
  'M-SEARCH',
  'get',
  'GE T',
  '',
];

const withHeader = (draft: Draft, name: string, value: string): Buffer => {
  draft.headers.push([name, value]);
  return encodeDraft(draft);
};

const breaks: Record<string, Break> = {
  'not HTTP': (_draft, random) => Buffer.from(random.pick(greetings), 'latin1'),
  'random bytes': (_draft, random) =>
    Buffer.concat([random.bytes(random.between(1, 400)), Buffer.from('\r\n\r\n')]),
  'another method': (draft, random) => {
    draft.method = random.pick(methods);
    return encodeDraft(draft);
  },
  'a body': (draft, random) => {
    draft.method = random.pick(['GET', 'POST', 'HEAD']);
    draft.body = random.bytes(2 ** random.between(0, 16));
    return encodeDraft(draft);
  },
  'a chunked body without end': (draft, random) => {
    const head = withHeader(draft, 'Transfer-Encoding', 'chunked');
    return Buffer.concat([head, Buffer.from(`${'5\r\nabcde\r\n'.repeat(random.between(0, 1_000))}`)]);
  },
  'a body that does not come': (draft, random) =>
    withHeader(draft, 'Content-Length', String(2 ** random.between(1, 50))),
  'a header that is too long': (draft, random) =>
    withHeader(draft, 'X-Long', anyValue(random, 10).padEnd(2 ** random.between(14, 17), 'x')),
  'a path that is too long': (draft, random) => {
    draft.target += 'x'.repeat(2 ** random.between(14, 17));
    return encodeDraft(draft);
  },
  'too many headers': (draft, random) => {
    const name = random.pick(['a', 'traceparent', 'baggage', 'Connection', 'Host']);
    for (let left = random.between(1_001, 3_000); left > 0; left--) draft.headers.push([name, '']);
    return encodeDraft(draft);
  },
  'a control character': (draft, random) => {
    const name = random.pick(['traceparent', 'tracestate', 'baggage', 'X-Mark', 'Host', 'Cookie']);
    const character = String.fromCharCode(random.pick([0, 1, 8, 10, 11, 12, 13, 27, 127]));
    return withHeader(draft, name, `${anyValue(random, 10)}${character}${anyValue(random, 10)}`);
  },
  'a name that is none': (draft, random) =>
    withHeader(draft, random.pick(['', ' ', 'a b', 'a\t', '(a)', 'a\x80', '\0', '{"a"']), 'x'),
  'Connection: close': (draft, random) =>
    withHeader(draft, 'Connection', random.pick(['close', 'Close, X-Mark', 'keep-alive, close'])),
  'an upgrade': (draft, random) => {
    draft.headers.push(
      ['Connection', 'Upgrade, HTTP2-Settings'],
      ['HTTP2-Settings', 'AAMAAABkAAQAoAAAAAIAAAAA'],
    );
    return withHeader(draft, 'Upgrade', random.pick(['h2c', 'websocket', 'TLS/1.0', anyValue(random, 20)]));
  },
  'an expectation': (draft, random) =>
    withHeader(draft, 'Expect', random.pick(['100-continue', '200-ok', ''])),
  'half a head': (draft, random) => {
    const bytes = encodeDraft(draft);
    return bytes.subarray(0, random.between(1, bytes.length - 1));
  },
};

const names = Object.keys(breaks);

/** A GET of a path that went wrong. */
export function brokenGet(path: string, random: Random, marker: string): Part {
  const how = random.pick(names);
  const bytes = Buffer.from(breaks[how]?.(getDraft(path, random, marker), random) ?? '');
  return { bytes, marker, how, kept: false, most: mostHttpAnswers(bytes) };
}
