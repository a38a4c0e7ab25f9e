/**
 * Zipkin's JSON, version 2 (https://zipkin.io/zipkin-api/#/default/post_spans): a list of spans, or of traces that are
 * lists of spans. Client and server may share a span's id; the tree puts the server's below the client's.
 */
import type { JaegerProcess, JaegerSpan, JaegerTag } from '../diagnosis/jaeger.ts';
import { canonicalId } from './ids.ts';
import type { JsonFormat } from './json-format.ts';
import type { Reading } from './reading.ts';
import { isObject, type JsonObject, numberField, textField, wrongField } from './trace-format.ts';

export const zipkinJson: JsonFormat = {
  name: 'Zipkin’s JSON',
  isDocument: value => isZipkinSpan(Array.isArray(value) ? value[0] : value),
  read: (value, reading, traces) => {
    const reader = new ZipkinReader(reading);
    const list = Array.isArray(value) ? value : [value];
    reading.each(list, { name: 'spans', what: 'span' }, span =>
      traces.addSpan(reader.span(span), reader.process(span)),
    );
  },
};

const isZipkinSpan = (value: unknown): boolean =>
  isObject(value) && typeof value['traceId'] === 'string' && typeof value['id'] === 'string';

const kinds = new Set(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER']);

class ZipkinReader {
  readonly #reading: Reading;
  /** By their content: one for the spans of each endpoint. */
  readonly #processes = new Map<string, JaegerProcess>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  span(span: JsonObject): JaegerSpan {
    const traceID = idOf(span, 'traceId', 32);
    const spanID = idOf(span, 'id', 16);
    const parent = span['parentId'] ?? '';
    const isChild = parent !== '' && canonicalId(String(parent)) !== '0';
    const logs = this.#reading.each(
      span['annotations'],
      { name: 'annotations', what: 'annotation' },
      each => ({
        timestamp: numberField('timestamp', each['timestamp']),
        fields: [text('event', textField('value', each['value']))],
      }),
    );
    return {
      traceID,
      spanID,
      operationName: this.#text(span, 'name'),
      references: isChild ? [{ refType: 'CHILD_OF', traceID, spanID: idOf(span, 'parentId', 16) }] : [],
      startTime: startOf(span, logs[0]?.timestamp),
      duration: this.#reading.optional('field', () => numberField('duration', span['duration'] ?? 0), 0),
      tags: [...this.#kindTag(span), ...this.#tags(span), ...this.#peerTags(span)],
      logs,
      processID: '',
      warnings: null,
    };
  }

  process(span: JsonObject): JaegerProcess {
    const endpoint = isObject(span['localEndpoint']) ? span['localEndpoint'] : {};
    const serviceName = this.#text(endpoint, 'serviceName') || 'missing-service-name';
    const tags = addressTags(endpoint, { ip: 'ip', port: 'port' });
    const content = JSON.stringify([serviceName, tags]);
    const process = this.#processes.get(content) ?? { serviceName, tags };
    this.#processes.set(content, process);
    return process;
  }

  #kindTag(span: JsonObject): JaegerTag[] {
    const kind = this.#text(span, 'kind').toUpperCase();
    return kinds.has(kind) ? [text('span.kind', kind.toLowerCase())] : [];
  }

  /** A tag `error` says that the span failed, whatever its value; the value says why. */
  #tags({ tags }: JsonObject): JaegerTag[] {
    if (tags === undefined || tags === null) return [];
    return this.#reading.optional('tag', () => {
      if (!isObject(tags)) throw wrongField('tags', tags, 'an object');
      return Object.entries(tags).flatMap(([key, value]): JaegerTag[] => {
        const tag = text(key, typeof value === 'object' ? JSON.stringify(value) : String(value));
        if (key !== 'error' || value === 'false') return [tag];
        const failed: JaegerTag = { key, type: 'bool', value: true };
        return value === '' || value === 'true' ? [failed] : [failed, { ...tag, key: 'error.message' }];
      });
    }, []);
  }

  #peerTags({ remoteEndpoint }: JsonObject): JaegerTag[] {
    if (!isObject(remoteEndpoint)) return [];
    const name = this.#text(remoteEndpoint, 'serviceName');
    return [
      ...(name === '' ? [] : [text('peer.service', name)]),
      ...addressTags(remoteEndpoint, { ip: 'net.peer.ip', port: 'net.peer.port' }),
    ];
  }

  #text(message: JsonObject, name: string): string {
    return this.#reading.optional('field', () => textField(name, message[name]), '');
  }
}

const text = (key: string, value: string): JaegerTag => ({ key, type: 'string', value });

function addressTags({ ipv4, ipv6, port }: JsonObject, keys: { ip: string; port: string }): JaegerTag[] {
  const ip = ipv4 ?? ipv6;
  return [
    ...(typeof ip === 'string' && ip !== '' ? [text(keys.ip, ip)] : []),
    ...(typeof port === 'number' && port > 0
      ? [{ key: keys.port, type: 'int64', value: port } satisfies JaegerTag]
      : []),
  ];
}

/** Of a server that shares its client's span, the time may be missing: then it begins with what it did first. */
const startOf = ({ timestamp }: JsonObject, firstEvent: number | undefined): number =>
  numberField('timestamp', timestamp ?? firstEvent);

function idOf(span: JsonObject, name: string, digits: number): string {
  const id = span[name];
  if (typeof id !== 'string' || !/^[\da-f]+$/i.test(id) || canonicalId(id).length > digits)
    throw wrongField(name, id, `up to ${digits} hexadecimal digits`);
  return id.toLowerCase();
}
