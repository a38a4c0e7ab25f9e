import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { endToEndHeaders } from '../functions/gateway/headers.ts';

function message(pairs: [string, string][]): IncomingMessage {
  const incoming = new IncomingMessage(new Socket());
  // What Node’s parser calls with the headers that it has read.
  const { _addHeaderLines } = incoming as unknown as {
    _addHeaderLines(headers: string[], count: number): void;
  };
  _addHeaderLines.call(incoming, pairs.flat(), pairs.length * 2);
  return incoming;
}

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const value = fc.stringMatching(/^[ -~]{0,20}$/);
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

test('hop-by-hop headers never pass, in whatever case', t => {
  const cased = fc.constantFrom(...hopByHop).chain(name => fc.mixedCase(fc.constant(name)));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(cased, token), value)), pairs => {
      const passed = Object.keys(endToEndHeaders(message(pairs)));
      return passed.every(name => !hopByHop.includes(name));
    }),
  );
  t.pass();
});

test('what Connection names does not pass either, and all the rest does, with each of its values in order', t => {
  fc.assert(
    fc.property(fc.array(fc.tuple(token, value)), fc.array(token), (pairs, named) => {
      const others = pairs.filter(([name]) => !hopByHop.includes(name.toLowerCase()));
      const passed = endToEndHeaders(message([...others, ['Connection', named.join(' , ')]]));
      const dropped = new Set(named.map(name => name.toLowerCase()));
      const expected: Record<string, string[]> = {};
      for (const [name, each] of others) {
        const key = name.toLowerCase();
        if (!dropped.has(key)) expected[key] = [...(expected[key] ?? []), each];
      }
      t.deepEqual({ ...passed }, expected);
    }),
  );
});

test('what the caller excepts does not pass', t => {
  t.deepEqual(
    {
      ...endToEndHeaders(
        message([
          ['Host', 'a'],
          ['X', '1'],
        ]),
        name => name === 'host',
      ),
    },
    { x: ['1'] },
  );
});

test('a header called __proto__ is a header like another', t => {
  const passed = endToEndHeaders(message([['__proto__', 'x']]));
  t.deepEqual(Object.entries(passed), [['__proto__', ['x']]]);
});
