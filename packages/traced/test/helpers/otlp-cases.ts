/** OTLP requests in JSON that exercise what the translation to Jaeger does, each for a service of its own. */
import { REQUEST } from '../../src/read/otlp/protobuf.ts';
import { newID } from './trace-backend.ts';

export interface OtlpCase {
  request: unknown;
  traceIDs: string[];
  /** Where the translation names the service differently. */
  services?: string[];
}

type Attribute = { key: string; value?: Record<string, unknown> };
type JsonSpan = Record<string, unknown>;

const text = (key: string, stringValue: string): Attribute => ({ key, value: { stringValue } });
const start = () => BigInt(Date.now() - 60_000) * 1_000_000n + 123_456n;

/** A span of 1,000,777 ns that began a minute ago, but for what is given. */
export function jsonSpan(traceId: string, parts: JsonSpan = {}): JsonSpan {
  const begin = start();
  return {
    traceId,
    spanId: newID(8),
    name: 'operation',
    startTimeUnixNano: String(begin),
    endTimeUnixNano: String(begin + 1_000_777n),
    ...parts,
  };
}

/** A request of one resource and one scope. */
export function jsonRequest(attributes: Attribute[], spans: JsonSpan[], scope: unknown = {}): unknown {
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope, spans }] }] };
}

function oneTrace(service: string, toSpans: (traceID: string) => JsonSpan[], scope?: unknown): OtlpCase {
  const id = newID(16);
  return { request: jsonRequest([text('service.name', service)], toSpans(id), scope), traceIDs: [id] };
}

const deep = {
  kvlistValue: {
    values: [
      text('z', '<&>\u2028'),
      {
        key: 'a',
        value: {
          arrayValue: {
            values: [{ intValue: '9007199254740993' }, {}, { boolValue: true }, { doubleValue: 1e-7 }],
          },
        },
      },
      { key: 'b', value: { bytesValue: 'AAEC' } },
    ],
  },
};

const everyKind: Attribute[] = [
  text('text', 'a <b> & "c" \u{1f600}'),
  text('empty', ''),
  { key: 'nothing' },
  { key: 'nothing.either', value: {} },
  { key: 'int', value: { intValue: 42 } },
  { key: 'int.text', value: { intValue: '-7' } },
  { key: 'int.large', value: { intValue: '9223372036854775807' } },
  { key: 'double', value: { doubleValue: 1.5 } },
  { key: 'double.whole', value: { doubleValue: 3 } },
  { key: 'double.large', value: { doubleValue: 1e21 } },
  { key: 'bool', value: { boolValue: false } },
  { key: 'bytes', value: { bytesValue: 'aGVsbG8=' } },
  { key: 'bytes.empty', value: { bytesValue: '' } },
  { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } } },
  { key: 'list.empty', value: { arrayValue: {} } },
  { key: 'list.infinite', value: { arrayValue: { values: [{ doubleValue: 'Infinity' }] } } },
  { key: 'map', value: deep },
  { key: 'map.empty', value: { kvlistValue: {} } },
  text('twice', 'first'),
  text('twice', 'second'),
  { key: 'ip', value: { intValue: '3232235777' } },
  { key: 'peer.ipv4', value: { doubleValue: 167772161 } },
  text('telemetry.sdk.name', 'opentelemetry'),
  text('telemetry.distro.name', 'ours'),
  text('telemetry.auto.version', 'stays'),
];

/** By name; each makes a request for `service`. */
export const otlpCases: Record<string, (service: string) => OtlpCase> = {
  'every kind of attribute': service =>
    oneTrace(service, id => [jsonSpan(id, { attributes: everyKind })], {
      name: 'scope',
      version: '1',
      attributes: [text('x', 'y')],
    }),

  'every kind of resource attribute': service => {
    const id = newID(16);
    const attributes = [...everyKind, text('service.name', service), text('service.name', 'second')];
    return {
      request: jsonRequest(attributes, [jsonSpan(id), jsonSpan(id, { attributes: everyKind })]),
      traceIDs: [id],
    };
  },

  'kinds and statuses by number, name and out of range': service =>
    oneTrace(service, id => [
      ...[0, 1, 2, 3, 4, 5, 77, 'SPAN_KIND_SERVER'].map(kind => jsonSpan(id, { kind })),
      ...[0, 1, 2, 9, 'STATUS_CODE_ERROR'].map(code =>
        jsonSpan(id, { status: { code, message: `code ${code}` } }),
      ),
    ]),

  'events with and without names': service =>
    oneTrace(service, id => [
      jsonSpan(id, {
        events: [
          { timeUnixNano: String(start()), name: 'named', attributes: [text('z', '1'), text('a', '2')] },
          {
            timeUnixNano: String(start()),
            name: 'hidden',
            attributes: [text('z', '1'), text('event', 'own'), text('a', '2')],
          },
          {
            timeUnixNano: String(start()),
            attributes: [{ key: 'event', value: { intValue: '5' } }, text('b', '2')],
          },
          { name: 'at no time' },
          {},
        ],
      }),
    ]),

  'links of all kinds': service => {
    const id = newID(16);
    const other = newID(16);
    const root = jsonSpan(id);
    const asChild = [text('opentracing.ref_type', 'child_of')];
    const child = jsonSpan(id, {
      parentSpanId: root['spanId'],
      links: [
        { traceId: other, spanId: newID(8) },
        { traceId: other, spanId: newID(8), attributes: asChild },
        { traceId: id, spanId: root['spanId'] },
        { traceId: '', spanId: '' },
        { traceId: '0000000000000000aaaaaaaaaaaaaaaa', spanId: newID(8) },
      ],
    });
    const linkedOnly = jsonSpan(id, {
      links: [
        { traceId: other, spanId: newID(8) },
        { traceId: id, spanId: root['spanId'] },
      ],
    });
    return {
      request: jsonRequest([text('service.name', service)], [root, child, linkedOnly]),
      traceIDs: [id],
    };
  },

  'times that are missing, equal or reversed': service =>
    oneTrace(service, id => [
      jsonSpan(id, { endTimeUnixNano: undefined }),
      jsonSpan(id, { startTimeUnixNano: '5', endTimeUnixNano: '5' }),
      jsonSpan(id, { startTimeUnixNano: '1700000000500000000', endTimeUnixNano: '1700000000120000000' }),
      jsonSpan(id, { startTimeUnixNano: undefined, endTimeUnixNano: undefined, traceState: 'a=1,b=2' }),
      jsonSpan(id, {
        endTimeUnixNano: '1',
        attributes: [
          { key: '@jaeger@warnings', value: { arrayValue: { values: [{ stringValue: 'sent' }] } } },
        ],
      }),
    ]),

  'skewed clocks': service =>
    oneTrace(service, id => {
      const begin = start();
      const root = jsonSpan(id, {
        startTimeUnixNano: String(begin),
        endTimeUnixNano: String(begin + 10_000_000n),
      });
      const at = (from: bigint, to: bigint, parentSpanId = root['spanId']) =>
        jsonSpan(id, {
          parentSpanId,
          startTimeUnixNano: String(begin + from),
          endTimeUnixNano: String(begin + to),
        });
      const late = at(20_000_000n, 25_000_001n);
      return [
        root,
        late,
        at(-5n, 3n),
        at(-7_000_000_000n, 3_000_000n),
        at(-7_400_000_000_000n, -7_400_000_000_000n + 5n),
        at(0n, 99_000_000n),
        at(21_000_000n, 21_500_000n, late['spanId']),
        at(1n, 2n, newID(8)),
      ];
    }),

  'skewed clocks of known hosts': service => {
    const id = newID(16);
    const begin = start();
    const span = (from: bigint, to: bigint, parent?: JsonSpan) =>
      jsonSpan(id, {
        parentSpanId: parent?.['spanId'] ?? '',
        startTimeUnixNano: String(begin + from),
        endTimeUnixNano: String(begin + to),
      });
    const root = span(0n, 10_000_000n);
    const remote = span(50_000_000n, 55_000_000n, root);
    const hosts: [Attribute[], JsonSpan[]][] = [
      [[text('ip', '10.0.0.1')], [root, span(20_000_000n, 30_000_000n, root)]],
      [[{ key: 'ip', value: { intValue: '167772162' } }], [remote, span(1n, 2n, remote)]],
      [
        [{ key: 'ip', value: { bytesValue: 'CgAAAQ==' } }],
        [span(30_000_000n, 31_000_000n, root), span(2n, 3n, remote)],
      ],
    ];
    const resourceSpans = hosts.map(([attributes, spans]) => ({
      resource: { attributes: [text('service.name', service), ...attributes] },
      scopeSpans: [{ spans }],
    }));
    return { request: { resourceSpans }, traceIDs: [id] };
  },

  'a span that was sent twice': service =>
    oneTrace(service, id => {
      const span = jsonSpan(id, { attributes: everyKind });
      return [span, span];
    }),

  'a client and a server span that share an id': service =>
    oneTrace(service, id => {
      const client = jsonSpan(id, { kind: 3 });
      const server = jsonSpan(id, { kind: 2, spanId: client['spanId'], parentSpanId: client['spanId'] });
      const below = jsonSpan(id, { parentSpanId: client['spanId'], kind: 1 });
      return [client, server, below, jsonSpan(id, { spanId: '0000000000000001', kind: 1 })];
    }),

  'calls from one service to another': service => {
    const id = newID(16);
    const root = jsonSpan(id);
    const below = `${service}-below`;
    const resource = (name: string, spans: JsonSpan[]) => ({
      resource: { attributes: [text('service.name', name)] },
      scopeSpans: [{ spans }],
    });
    const child = () => jsonSpan(id, { parentSpanId: root['spanId'] });
    const resourceSpans = [resource(service, [root, child()]), resource(below, [child(), child()])];
    return { request: { resourceSpans }, traceIDs: [id], services: [service, below] };
  },

  'services without a usable name': () => {
    const ids = [newID(16), newID(16), newID(16)];
    const names = [[], [text('service.name', '')], [{ key: 'service.name', value: { intValue: '1' } }]];
    const resourceSpans = names.map((attributes, i) => ({
      resource: { attributes },
      scopeSpans: [{ spans: [jsonSpan(ids[i] ?? '')] }],
    }));
    return { request: { resourceSpans }, traceIDs: ids, services: [] };
  },

  'short trace ids, snake case and nulls': service => {
    const id = `0000000000000000${newID(8)}`;
    const begin = start();
    const span = {
      trace_id: id.toUpperCase(),
      span_id: newID(8),
      name: 'snake',
      kind: 2,
      start_time_unix_nano: Number(begin),
      end_time_unix_nano: String(begin + 5_000n),
      attributes: null,
      events: [{ time_unix_nano: String(begin), name: 'e' }],
      unknown: { a: [1] },
    };
    return {
      request: {
        resource_spans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { string_value: service } }] },
            scope_spans: [{ spans: [span] }],
          },
        ],
      },
      traceIDs: [id, id.slice(16)],
    };
  },
};

/** A request in protobuf; names, keys and text values are given as bytes, so that they may be no text. */
export function encodeOtlpProtobuf(request: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(REQUEST.encode(REQUEST.create(request)).finish());
}
