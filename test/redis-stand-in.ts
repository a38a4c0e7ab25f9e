import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { startRedis } from '../local/redis.ts';
import { startRedisServer } from '../local/redis-server.ts';
import { encodeRequest, rawTranscript, transcript, type Words, words } from './helpers/redis-transcript.ts';

const server = await startRedisServer();
// Other versions word some errors differently; the stand-in is a Redis 7.0.
const found = await startRedis(undefined, process.env['PATH'] ?? '', () => {});
const compared = /^redis-server 7\.0\./.test(found.description) ? test.serial : test.serial.skip;
const realPort = Number(new URL(found.url).port);

test.after.always(() => Promise.all([server.close(), found.close()]));

async function withClient(options: { protocol?: 2 | 3; db?: number }, use: (client: Redis) => Promise<void>) {
  const client = new Redis({ port: server.port, ...options });
  try {
    await use(client);
  } finally {
    client.disconnect();
  }
}

for (const protocol of [2, 3] as const) {
  test(`ioredis connects, writes and reads over RESP${protocol}`, t =>
    withClient({ protocol, db: protocol }, async client => {
      t.is(await client.set('key', 'värde', 'EX', 100), 'OK');
      t.is(await client.get('key'), 'värde');
      t.is(await client.get('nothing'), null);
      t.is(await client.mset({ a: '1', b: '2' }), 'OK');
      t.deepEqual(await client.mget('a', 'nothing', 'b'), ['1', null, '2']);
      t.deepEqual(await client.multi().set('c', '3').expire('c', 10).ttl('c').exec(), [
        [null, 'OK'],
        [null, 1],
        [null, 10],
      ]);
      await t.throwsAsync(client.call('NOSUCH', 'x'), { message: /^ERR unknown command 'NOSUCH'/ });
    }));
}

test('a key is gone when its time has come', t =>
  withClient({ db: 4 }, async client => {
    await client.set('short', 'x', 'PX', 20);
    await client.set('long', 'x', 'PX', 20_000);
    while (await client.get('short')) await client.ping();
    t.is(await client.dbsize(), 1);
    t.is(await client.pttl('short'), -2);
  }));

test('binary values come back as they were', t =>
  withClient({ db: 5 }, async client => {
    const value = Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7) % 256));
    await client.set('binary', value);
    t.deepEqual(await client.getBuffer('binary'), value);
  }));

test('SCAN visits every key that stays, whatever is written meanwhile', t =>
  withClient({ db: 6 }, async client => {
    const keys = Array.from({ length: 100 }, (_, n) => `kept:${n}`);
    await client.mset(Object.fromEntries(keys.map(key => [key, 'x'])));
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const [next, page] = await client.scan(cursor, 'MATCH', 'kept:*', 'COUNT', 7);
      for (const key of page) seen.add(key);
      await client.set(`other:${next}`, 'x');
      await client.set(keys[0] ?? '', 'changed');
      cursor = next;
    } while (cursor !== '0');
    t.deepEqual([...seen].sort(), [...keys].sort());
  }));

test('writes are refused when the memory is used up, reads and deletions are not', async t => {
  const small = await startRedisServer({ maxBytes: 10_000 });
  const replies = await transcript(small.port, [
    ['SET', 'a', 'x'.repeat(11_000)],
    ['SET', 'b', 'x'],
    ['STRLEN', 'a'],
    ['EXISTS', 'a'],
    ['DEL', 'a'],
    ['SET', 'b', 'x'],
  ]);
  t.regex(replies, /^\+OK\r\n-OOM command not allowed[^\r]*\r\n-ERR unknown[^\r]*\r\n:1\r\n:1\r\n\+OK\r\n/);
  await small.close();
});

test('one client too many is told so', async t => {
  const small = await startRedisServer({ maxClients: 1 });
  const first = connect(small.port, '127.0.0.1');
  first.write(encodeRequest(['PING']));
  await once(first, 'data');
  t.is(await rawTranscript(small.port, ''), '-ERR max number of clients reached\r\n');
  await small.close();
});

const hostile: [what: string, bytes: string][] = [
  ['random bytes', '\x16\x03\x01\x00\xa5\x01\x00'],
  ['an HTTP request', 'GET / HTTP/1.1\r\n\r\n'],
  ['nested arrays', '*16000\r\n'.repeat(20_000)],
  ['an array longer than any', '*99999999999\r\n$1\r\na\r\n'],
  ['an array of numbers', '*2\r\n:1\r\n:2\r\n'],
  ['a request longer than 8 MiB', `*2\r\n$99999999\r\n${'x'.repeat(9 * 1024 * 1024)}`],
];
for (const [what, bytes] of hostile) {
  test(`${what}: the connection is closed and the others served`, async t => {
    const answer = await rawTranscript(server.port, bytes).catch(
      (error: NodeJS.ErrnoException) => error.code ?? '',
    );
    // A reset instead of the message is what the system does when unread bytes are left.
    t.regex(answer, /^-ERR Protocol error: [^\r\n]*\r\n$|^(?:ECONNRESET|EPIPE|)$/);
    t.is(await transcript(server.port, [['PING']]), '+PONG\r\n+OK\r\n');
  });
}

test('a transaction can queue only so much', async t => {
  const piece = ['SET', 'a', 'x'.repeat(1024 * 1024)];
  const replies = await transcript(server.port, [
    ['MULTI'],
    ...Array.from({ length: 9 }, () => piece),
    ['EXEC'],
  ]);
  t.regex(replies, /^\+OK\r\n(?:\+QUEUED\r\n){7}(?:-OOM [^\r]*\r\n){2}-EXECABORT [^\r]*\r\n\+OK\r\n$/);
});

// What is numbered differently by each server is made the same.
const comparable = (replies: string): string =>
  replies.replaceAll(/(\$2\r\nid\r\n:)\d+/g, '$1N').replaceAll(/(\$7\r\nversion\r\n)\$\d+\r\n[\d.]+/g, '$1V');

async function sameAsReal(t: import('ava').ExecutionContext, requests: readonly Words[]): Promise<void> {
  const all: Words[] = [['FLUSHALL'], ...requests];
  const [ours, theirs] = await Promise.all([transcript(server.port, all), transcript(realPort, all)]);
  t.is(comparable(ours), comparable(theirs));
}

const topics: Record<string, string> = {
  'PING and ECHO': 'PING|PING a|PING a b|ping|ECHO|ECHO a|ECHO a b|EcHo x',
  HELLO:
    'HELLO|HELLO 2|HELLO 4|HELLO x|HELLO 2 foo|HELLO 2 SETNAME bob|CLIENT GETNAME|HELLO 2 AUTH a b|HELLO 2 AUTH a|HELLO 2 AUTH default x SETNAME al|CLIENT GETNAME',
  'HELLO 3 and replies in RESP3':
    'HELLO 3|HELLO|GET a|MGET a b|SET a 1 XX|CLIENT GETNAME|INFO nosuch|COMMAND DOCS nosuch|MULTI|GET a|EXEC|HELLO 2|GET a',
  AUTH: 'AUTH|AUTH x|AUTH default x|AUTH bob x|AUTH a b c',
  SELECT:
    'SELECT|SELECT x|SELECT 16|SELECT -1|SELECT 1|SET a 1|SELECT 0|GET a|SELECT 99999999999999|SELECT 1|GET a',
  CLIENT:
    'CLIENT|CLIENT FOO|client foo bar|CLIENT SETNAME|CLIENT SETNAME a|CLIENT GETNAME|CLIENT GETNAME x|CLIENT SETNAME a\tb|CLIENT ID x',
  'INFO and COMMAND':
    'INFO nosuch|INFO keyspace|COMMAND FOO|COMMAND COUNT x|COMMAND DOCS nosuch|COMMAND INFO nosuch',
  SET: 'SET|SET a|SET a 1|SET a 1 EX|SET a 1 EX 0|SET a 1 EX x|SET a 1 EX -1|SET a 1 PX 99999999999999999|SET a 1 EX 9223372036854775807|SET a 1 EX 9223372036854775|SET a 1 EX 07|SET a 1 EX +7|SET a 1 NX XX|SET a 1 EX 10 PX 10|SET a 1 EX 10 KEEPTTL|SET a 2 GET|SET a 2 NX GET|SET zz 2 XX GET|SET a 1 FOO|SET a 1 EX 10 NX|SET b 2 NX EX 100|TTL b|SET b 3 KEEPTTL|TTL b|SET b 4|TTL b|SET c 1 EXAT 1|GET c|SET c 1 PXAT 99999999999999|GET c',
  'MSET and MGET': 'MSET|MSET a|MSET a 1 b|MSET a 1 b 2 a 3|MGET a b c a|MGET|GET|GET a b',
  'EXPIRE, PEXPIRE, TTL and PTTL':
    'SET a 1|TTL a|PTTL a|TTL no|PTTL no|TTL|EXPIRE a x|EXPIRE a 10 NX|EXPIRE a 20 NX|EXPIRE a 5 GT|EXPIRE a 30 GT|EXPIRE a 3 LT|EXPIRE a 300 XX|TTL a|EXPIRE a 3 NX XX|EXPIRE a 3 GT LT|EXPIRE a x FOO|EXPIRE a 9223372036854775807|PEXPIRE a 9223372036854775807|PEXPIRE a -9223372036854775808|EXPIRE no 10|EXPIRE|PEXPIRE a 100000|TTL a|EXPIRE a -1|GET a|SET a 1|EXPIRE a 10 GT|EXPIRE a 10 XX|EXPIRE a 10 LT|SET a 1|EXPIRE a 0|EXISTS a',
  'DEL and EXISTS': 'SET a 1|SET b 1|EXISTS a a b c|EXISTS|DEL|DEL a a b c|EXISTS a',
  'KEYS and SCAN':
    'SET h1 1|KEYS h[12]|KEYS h?|KEYS h[^1]|KEYS h[0-9]|KEYS h[9-0]|KEYS h\\1|KEYS *1*|KEYS h[1|KEYS h1*|KEYS **|KEYS|KEYS ?|SCAN|SCAN x|SCAN 0 COUNT 0|SCAN 0 COUNT x|SCAN 0 MATCH|SCAN 0 FOO bar|SCAN 0 COUNT 100|SCAN 0 TYPE string COUNT 100|SCAN 0 TYPE list COUNT 100|SCAN 0 match no* COUNT 100|SCAN 99999999999999999999|SCAN 1.5',
  'DBSIZE, FLUSHALL and FLUSHDB':
    'SET a 1|DBSIZE|DBSIZE x|FLUSHALL FOO|FLUSHALL ASYNC|DBSIZE|FLUSHALL SYNC X|FLUSHDB x|SET a 1|SELECT 1|FLUSHDB SYNC|SELECT 0|DBSIZE|FLUSHDB|DBSIZE',
  'MULTI, EXEC and DISCARD':
    'EXEC|DISCARD|EXEC a|MULTI a|MULTI|MULTI|SET a 1|EXEC|MULTI|foo|GET a|EXEC|MULTI|GET|EXEC|MULTI|GET a|DISCARD|MULTI|EXEC a|EXEC|MULTI|DISCARD a|EXEC|MULTI|HELLO 2|AUTH x|SELECT x|FLUSHALL FOO|SET a b c|CLIENT FOO|EXEC|MULTI|SELECT x|SET a b c|GET a|EXEC|MULTI|SELECT 2|SET q 1|SELECT 0|EXEC|MULTI|EXEC',
  'an unknown command': `foo|foo a b c|Foo ${'y'.repeat(140)} b|${'z'.repeat(140)} a|f\r\noo b\r\na|f\0oo b\0a c|__proto__|constructor x|CLIENT __proto__`,
};
for (const [topic, lines] of Object.entries(topics)) {
  compared(`${topic}: the replies are those of a real Redis, byte for byte`, t =>
    sameAsReal(t, lines.split('|').map(words)),
  );
}

compared('what comes after QUIT is not answered, as by a real Redis', async t => {
  await sameAsReal(t, [['QUIT'], ['PING']]);
});

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('1', '', '\0\r\n\xff');
const word = fc.oneof(
  key,
  fc.constantFrom(
    'EX',
    'px',
    'NX',
    'XX',
    'GT',
    'LT',
    'GET',
    'KEEPTTL',
    'COUNT',
    'MATCH',
    'SYNC',
    '*',
    '0',
    '100',
    '-1',
  ),
);
const keyedCommand = fc.constantFrom(
  'GET',
  'SET',
  'MGET',
  'MSET',
  'DEL',
  'EXISTS',
  'EXPIRE',
  'PEXPIRE',
  'TTL',
);
const anyCommand = fc.constantFrom(
  'DBSIZE',
  'FLUSHDB',
  'MULTI',
  'EXEC',
  'DISCARD',
  'SELECT',
  'PING',
  'ECHO',
  'NOSUCH',
);
const anyRequest = fc
  .oneof(
    { weight: 6, arbitrary: fc.tuple(keyedCommand, key, value, fc.array(word, { maxLength: 3 })) },
    { weight: 3, arbitrary: fc.tuple(keyedCommand, fc.array(word, { maxLength: 5 })) },
    { weight: 2, arbitrary: fc.tuple(anyCommand, fc.array(word, { maxLength: 2 })) },
  )
  .map(parts => parts.flat());

compared('any sequence of requests is answered as by a real Redis', async t => {
  await fc.assert(
    // A time of a second or less would pass at different moments in the two.
    fc.asyncProperty(fc.array(anyRequest, { maxLength: 40 }), async requests => {
      const long: Record<string, string> = { '1': '1000', '100': '100000' };
      const slow = requests.map(request =>
        request.some(part => /^(?:px|ex|p?expire)$/i.test(part))
          ? request.map(part => long[part] ?? part)
          : request,
      );
      await sameAsReal(t, slow);
    }),
    { numRuns: 200 },
  );
});
