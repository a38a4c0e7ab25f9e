// Responses, files and pipes with more in them than can be held, and responses that do not end.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { TraceFormatError } from '../src/read/index.ts';
import { checkJsonSize, deepest, mostMembers, mostValues } from '../src/read/json-size.ts';
import { folderWith, idOf, oneByOne, withId } from './helpers/drawn.ts';
import { serve, traced } from './helpers/traced.ts';

/** `head`, then `part` until so many bytes, then `tail`. */
function* repeated(head: string, part: string, bytes: number, tail: string): Generator<string> {
  yield head;
  const block = part.repeat(Math.ceil(1e6 / part.length));
  for (let sent = 0; sent < bytes; sent += block.length) yield block;
  yield tail;
}

const shapes = [
  ['{"data":[', '{},', '{}]}'],
  ['{"data":[{"spans":[', '[],', '[]]}]}'],
  ['{"data":[{"spans":[{"tags":[', '{"a":0},', '{}]}]}]}'],
  ['{"resourceSpans":[', '{},', '{}]}'],
  ['[', '0,', '0]'],
  ['', '[]\n', ''],
  ['{"data":', '[', ''],
] as const;

const tooMuch =
  /The input (?:has more than \d+ million values: ask for fewer traces, or split it|is nested deeper than \d+)\.\n$/;

test.serial('a small gzipped response with too many values in it is a sentence', async t => {
  for (const [head, part, tail] of shapes) {
    const packed = gzipSync([...repeated(head, part, part === '{},' ? 200e6 : 100e6, tail)].join(''), {
      level: 1,
    });
    const jaeger = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(packed);
    });
    const { status, stdout, stderr } = await traced(['diagnose', idOf(1), '--jaeger', jaeger]);
    t.is(status, 2, part);
    t.is(stdout, '');
    t.regex(stderr, tooMuch);
  }
});

test.serial('so it is for names and for errors', async t => {
  for (const code of [200, 500]) {
    const body = gzipSync([...repeated('{"data":[', '{},', 60e6, '{}]}')].join(''));
    const jaeger = await serve(t, (_, response) => {
      response.writeHead(code, { 'content-encoding': 'gzip' }).end(body);
    });
    const { status, stderr } = await traced(['traces', '--jaeger', jaeger]);
    t.is(status, 2);
    t.regex(stderr, /^traced: .*(?:it sent no JSON|responded with 500 Internal Server Error)\n$/);
  }
});

test.serial('a file and a pipe with too many values are a sentence', async t => {
  const { path } = folderWith(t, {});
  const text = [...repeated('{"data":[', '{},', 60e6, '{}]}')].join('');
  writeFileSync(path('many.json'), text);
  const file = await traced(['show', path('many.json')]);
  const pipe = await traced(['show', '-'], { input: text });
  for (const { status, stderr } of [file, pipe]) {
    t.is(status, 2);
    t.regex(stderr, tooMuch);
  }
});

test.serial('a response that comes a byte at a time ends at --timeout', async t => {
  const slow = await serve(t, (_, response) => {
    const timer = setInterval(() => response.write(' '), 50);
    response.once('close', () => clearInterval(timer));
  });
  const { status, stderr } = await traced(['diagnose', idOf(1), '--jaeger', slow, '--timeout', '400ms']);
  t.is(status, 2);
  t.is(stderr, `traced: could not ask Jaeger at ${slow}: no response within 0.4 s\n`);
});

test.serial('a response without an end stops at 500 MB', async t => {
  const block = Buffer.alloc(4e6, ' ');
  const endless = await serve(t, (_, response) => {
    const more = () => {
      while (response.writable && response.write(block));
    };
    response.on('drain', more);
    more();
  });
  const { status, stderr } = await traced(['diagnose', idOf(1), '--jaeger', endless]);
  t.is(status, 2);
  t.regex(stderr, /: its response is larger than 500 MB: ask for fewer traces\n$/);
});

/** Answers every connection with these bytes. */
async function answering(t: ExecutionContext, bytes: string | Buffer, ends: boolean): Promise<string> {
  const server = createServer(socket => {
    socket.on('error', () => {});
    socket.once('data', () => (ends ? socket.end(bytes) : socket.write(bytes)));
    t.teardown(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.serial('a response that is cut off, switches protocols or is no HTTP is a sentence', async t => {
  const packed = gzipSync(JSON.stringify({ data: [withId(oneByOne(), idOf(1))] }));
  const cut = packed.subarray(0, packed.length / 2);
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
  const gzip = Buffer.from(`${head}Content-Encoding: gzip\r\nConnection: close\r\n\r\n`);
  for (const bytes of [
    Buffer.concat([gzip, cut]),
    Buffer.concat([gzip, Buffer.from('not gzip')]),
    `${head}Content-Length: 100\r\n\r\n{"data":[`,
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'SSH-2.0-x\r\n',
    '',
  ]) {
    for (const ends of [true, false]) {
      const jaeger = await answering(t, bytes, ends);
      const args = ['diagnose', idOf(1), '--jaeger', jaeger, '--timeout', '500ms'];
      const { status, stdout, stderr } = await traced(args);
      t.is(status, 2, String(bytes));
      t.is(stdout, '');
      t.regex(stderr, /^traced: .*\n$/);
      t.notRegex(stderr, /\n +at /);
    }
  }
});

test('brackets and commas in strings are not values', t => {
  const text = JSON.stringify(['[{,'.repeat(1e6), '"\\'.repeat(1e6), '\\']);
  t.notThrows(() => checkJsonSize(text.repeat(20)));
  t.throws(() => checkJsonSize(','.repeat(mostValues + 1)), { instanceOf: TraceFormatError });
  t.notThrows(() => checkJsonSize(','.repeat(mostValues)));
  t.notThrows(() => checkJsonSize('[{}]'.repeat(deepest)));
  t.notThrows(() => checkJsonSize('['.repeat(deepest)));
  t.throws(() => checkJsonSize('['.repeat(deepest + 1)), { instanceOf: TraceFormatError });
  t.throws(() => checkJsonSize(`[{${'"a":1,'.repeat(mostMembers + 1)}`), {
    message: /object with more than/,
  });
  t.notThrows(() => checkJsonSize(`[{${'"a":1,'.repeat(mostMembers)}},{"a":1,"b":2}]`.repeat(3)));
  for (const odd of ['"', '"\\', '\\', '', ']]]]{']) t.notThrows(() => checkJsonSize(odd));
});
