/** What is sent to the ports of `npm start` is read in time linear in it, whatever it is. */
import test from 'ava';
import { adjustTrace } from '../src/dev/traces/adjust.ts';
import { decodeOtlp } from '../src/dev/traces/otlp.ts';
import { ParameterError, traceParameters } from '../src/dev/traces/query-parameters.ts';
import { TraceStore } from '../src/dev/traces/store.ts';
import { decodeThriftBatch } from '../src/dev/traces/thrift.ts';
import { parseOtlpProtobuf } from '../src/read/otlp/protobuf.ts';
import type { Process, Span, Tag } from '../src/read/span.ts';
import { getJson, newID, startBackend, storedSpan } from './helpers/trace-backend.ts';

type Work = (size: number) => () => unknown;

/** The shortest of some runs, in ms: what else the machine does only makes them longer. */
function shortest(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
  return Math.min(...times);
}

/** How many times as long it takes for twice as much; the least of a few tries. Less than 5 ms is counted as 5. */
function growth(work: Work, size: number): number {
  const ratios = [1, 2, 3].map(() => shortest(work(2 * size)) / Math.max(shortest(work(size)), 5));
  return Math.min(...ratios);
}

const orParameterError = (read: () => unknown) => () => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
  }
};

const parameter = (name: string, value: string) =>
  orParameterError(() => traceParameters(new URLSearchParams({ service: 'a', [name]: value }), 0));

/** Protobuf of so many empty spans, all of whose ids are zero. */
const emptySpans = (count: number): Buffer => {
  const spans = Buffer.alloc(2 * count, Buffer.from('1200', 'hex'));
  const length = (bytes: number) => {
    const varint: number[] = [];
    for (let left = bytes; left > 0 || varint.length === 0; left = Math.floor(left / 128))
      varint.push((left % 128) | (left >= 128 ? 128 : 0));
    return Buffer.from(varint);
  };
  const scope = Buffer.concat([Buffer.from('12', 'hex'), length(spans.length), spans]);
  return Buffer.concat([Buffer.from('0a', 'hex'), length(scope.length), scope]);
};

const jsonOf = (span: object): Buffer =>
  Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));

const textTag = (key: string, value = ''): Tag => ({ key, type: 'string', value });
const processWith = (tags: number): Process => ({
  serviceName: 'alpha-fn',
  tags: Array.from({ length: tags }, (_, at) => textTag(`tag ${at}`)),
});
const storeOf = (spans: Span[]): TraceStore => {
  const store = new TraceStore({ maxTraces: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY });
  store.add(spans);
  return store;
};
const query = {
  service: 'alpha-fn',
  operation: '',
  startMin: 0n,
  startMax: 2n ** 62n,
  durationMin: 0n,
  durationMax: 0n,
  limit: 0,
};

const works: [what: string, size: number, work: Work][] = [
  ['a length of time of ones', 14, size => parameter('minDuration', `${'1'.repeat(size * 1_000)}..`)],
  ['a length of time of many units', 5_000, size => parameter('minDuration', '1s'.repeat(size))],
  ['a number of many digits', 100_000, size => parameter('start', '9'.repeat(size))],
  ['a tag of many colons', 100_000, size => parameter('tag', ':'.repeat(size))],
  [
    'empty spans of one id',
    20_000,
    size => {
      const body = emptySpans(size);
      return () => decodeOtlp(body, 'protobuf');
    },
  ],
  [
    'warnings of one span',
    50_000,
    size => {
      const values = Array.from({ length: size }, () => ({ stringValue: 'w' }));
      const body = jsonOf({ attributes: [{ key: '@jaeger@warnings', value: { arrayValue: { values } } }] });
      return () => decodeOtlp(body, 'json');
    },
  ],
  [
    'links to the parent',
    50_000,
    size => {
      const body = jsonOf({ parentSpanId: 'b'.repeat(16), links: Array.from({ length: size }, () => ({})) });
      return () => decodeOtlp(body, 'json');
    },
  ],
  [
    'a number of many digits in JSON',
    1_000_000,
    size => {
      const body = Buffer.from(`{"resourceSpans":[],"x":${'9'.repeat(size)}}`);
      return () => decodeOtlp(body, 'json');
    },
  ],
  [
    'traces that share a process',
    2_000,
    size => {
      const process = processWith(size);
      const spans = Array.from({ length: size }, () => storedSpan({ traceID: newID(16), process }));
      return () => storeOf(spans);
    },
  ],
  [
    'a search for a tag of a process that many spans share',
    2_000,
    size => {
      const process = processWith(size);
      const store = storeOf(Array.from({ length: size }, () => storedSpan({ process })));
      return () => store.find({ ...query, tags: new Map([['no', 'such tag']]) });
    },
  ],
  [
    'a search for many tags of a span that has many',
    2_000,
    size => {
      const tags = Array.from({ length: size }, (_, at) => textTag(`tag ${at}`));
      const store = storeOf([storedSpan({ tags })]);
      const wanted = new Map(tags.map(({ key, value }) => [key, String(value)]));
      return () => store.find({ ...query, tags: wanted });
    },
  ],
  [
    'calls of a service with a long name',
    2_000,
    size => {
      const process = { serviceName: 'x'.repeat(size), tags: [] };
      const parent = storedSpan();
      const references = [{ refType: 'CHILD_OF' as const, traceID: parent.traceID, spanID: parent.spanID }];
      const store = storeOf([
        parent,
        ...Array.from({ length: size }, () => storedSpan({ process, references })),
      ]);
      return () => store.dependencies(0n, 2n ** 62n);
    },
  ],
  [
    'a chain of spans that share a process',
    2_000,
    size => {
      const process = processWith(size);
      const spans: Span[] = [];
      for (let at = 0; at < size; at++) {
        const [first] = spans.slice(-1);
        const references =
          first === undefined
            ? []
            : [{ refType: 'CHILD_OF' as const, traceID: first.traceID, spanID: first.spanID }];
        spans.push(storedSpan({ process, references }));
      }
      return () => adjustTrace(spans);
    },
  ],
  [
    'spans that share a process and differ in what belongs to it',
    3_000,
    size => {
      const process = processWith(1_000);
      const spans = Array.from({ length: size }, (_, at) =>
        storedSpan({ process, tags: [textTag('telemetry.sdk.name', String(at))] }),
      );
      return () => adjustTrace(spans);
    },
  ],
  [
    'client and server spans of one id',
    10_000,
    size => {
      const spans = Array.from({ length: size }, (_, at) =>
        storedSpan({
          spanID: '1'.repeat(16),
          tags: [textTag('span.kind', at % 2 === 0 ? 'client' : 'server')],
        }),
      );
      return () => adjustTrace(spans);
    },
  ],
];
for (const [what, size, work] of works) {
  test.serial(`twice as much takes less than three times as long: ${what}`, t => {
    const ratio = growth(work, size);
    t.true(ratio < 3, `${ratio.toFixed(1)} times as long`);
  });
}

for (const least of [
  '..',
  '1',
  '.',
  '1.2.3s',
  '.s',
  '1s..',
  '+',
  '-',
  '--1s',
  '1e3s',
  `${'1'.repeat(35)}..`,
]) {
  test(`the length of time ${least} is refused`, async t => {
    const backend = await startBackend(t);
    const { status } = await getJson(
      backend,
      `/api/traces?service=a&minDuration=${encodeURIComponent(least)}`,
    );
    t.is(status, 400);
  });
}

test('a trace that is asked for many times is shown once', async t => {
  const backend = await startBackend(t);
  backend.store.add([storedSpan({ traceID: 'a'.repeat(16) })]);
  const ids = ['a'.repeat(16), 'A'.repeat(16), `0${'a'.repeat(16)}`, 'b', '0b'];
  const { body } = await getJson(
    backend,
    `/api/traces?${ids
      .map(id => `traceID=${id}&`)
      .join('')
      .repeat(50)}`,
  );
  t.is(body.data.length, 1);
  t.is(body.errors?.length, 1);
});

const refused: [what: string, body: string | Buffer][] = [
  ['a number of many digits for a time', `{"startTimeUnixNano":${'9'.repeat(1_000)}}`],
  ['a deep list for a time', `{"startTimeUnixNano":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['a large integer in a list for a time', '{"startTimeUnixNano":[12345678901234567890]}'],
  [
    'megabytes of text for bytes',
    `{"attributes":[{"key":"a","value":{"bytesValue":"${'AAAA'.repeat(2_000_000)}!"}}]}`,
  ],
];
for (const [what, span] of refused) {
  test(`${what} is refused with the decoder’s own error`, t => {
    const body = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    t.throws(() => decodeOtlp(body, 'json'), { name: 'TraceFormatError' });
  });
}

test('megabytes of base64 are read', t => {
  const span = `{"attributes":[{"key":"a","value":{"bytesValue":"${'AAAA'.repeat(2_000_000)}"}}]}`;
  t.is(decodeOtlp(Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`), 'json').length, 1);
});

test('thrift lists that claim more than there is, and groups without an end, are refused', t => {
  t.throws(() => decodeThriftBatch(Buffer.from('0f00020c7fffffff00', 'hex')), { name: 'ThriftError' });
  t.throws(() => parseOtlpProtobuf(Buffer.alloc(4_000_000, 0x0b)), { name: 'TraceFormatError' });
});
