/** The ports that spans come in by, as they are attacked. */
import { setTimeout as pause } from 'node:timers/promises';
import { decodeOtlp } from '../../../packages/traced/src/dev/traces/otlp.ts';
import { decodeThriftBatch } from '../../../packages/traced/src/dev/traces/thrift.ts';
import type { Attacked } from '../attack.ts';
import type { AskCanary } from '../canary.ts';
import type { Random } from '../random.ts';
import { brokenGet } from '../requests/broken.ts';
import { type Draft, encodeDraft, getDraft, withoutHeaders } from '../requests/draft.ts';
import { mutate } from '../requests/mutate.ts';
import { addOddHeaders } from '../requests/odd.ts';
import {
  type Body,
  type Encoding,
  otlpBomb,
  otlpRequest,
  packed,
  spansOfRequest,
  strangeJson,
} from '../requests/otlp.ts';
import { smuggledWord, smuggleToTaker } from '../requests/smuggling.ts';
import { lyingBatch, spansOfBatch, thriftBatch } from '../requests/thrift.ts';
import type { Dialect, Part } from '../requests/volley.ts';
import type { Backend } from './backend.ts';
import { storedExactly } from './stored.ts';

const statuses = new Set([200, 202, 400, 404, 405, 408, 413, 415, 417, 431, 503]);

/** A POST of a body, as a good exporter sends it. */
function post(path: string, type: string, body: Buffer, random: Random, marker: string): Draft {
  const draft = getDraft(path, random, marker);
  return { ...draft, method: 'POST', headers: [...draft.headers, ['Content-Type', type]], body };
}

const otherTypes = [
  'text/plain',
  'application/json; charset=utf-8',
  'application/x-thrift',
  '',
  'a/b',
  'multipart/form-data',
];

/** A good body with a head that is odd: of another type, by another method, to another path. */
function oddHead(draft: Draft, random: Random, marker: string, spans: number): Part {
  const how = random.pick(['another type', 'another method', 'another path', 'odd headers', 'odd headers']);
  if (how === 'another type') {
    withoutHeaders(draft, ['content-type']);
    draft.headers.push(['Content-Type', random.pick(otherTypes)]);
  } else if (how === 'another method') draft.method = random.pick(['PUT', 'DELETE', 'PATCH', 'GET']);
  else if (how === 'another path')
    draft.target = `/${random.pick(['', 'v1/metrics', 'api/traces/', '%'])}?${marker}`;
  else addOddHeaders(draft, random, marker);
  return { bytes: encodeDraft(draft), marker, how, kept: true, spans: () => spans };
}

/** What goes wrong with any request, and one within a request that would be stored if it were taken for one. */
function broken(draft: Draft, inner: Buffer, random: Random, marker: string): Part {
  const [path = ''] = draft.target.split('?');
  return random.chance(0.5)
    ? smuggleToTaker({ method: 'POST', path, inner: inner.toString('latin1') }, random, marker)
    : brokenGet(path, random, marker);
}

const thriftPath = '/api/traces';
const thriftType = 'application/x-thrift';

const thriftPost = (body: Buffer, random: Random, marker: string): Draft =>
  post(thriftPath, thriftType, body, random, marker);

const thrift: Dialect = {
  shares: { broken: 0.25, damaged: 0.25 },
  mostBefore: 5,
  wellFormed: (random, marker) => encodeDraft(thriftPost(thriftBatch(random, marker), random, marker)),
  kept(random, marker) {
    const good = thriftBatch(random, marker);
    if (random.chance(0.2)) return oddHead(thriftPost(good, random, marker), random, marker, spansOfBatch);
    const { bytes: body, how } = random.chance(0.7)
      ? mutate(good, random, thriftBatch(random, marker))
      : { bytes: lyingBatch(random, marker), how: 'a batch that lies' };
    const bytes = encodeDraft(thriftPost(body, random, marker));
    return { bytes, marker, how, kept: true, spans: () => decodeThriftBatch(body).length };
  },
  broken(random, marker) {
    const batch = thriftBatch(random, marker);
    return broken(
      thriftPost(batch, random, marker),
      encodeDraft(thriftPost(batch, random, marker)),
      random,
      marker,
    );
  },
};

const otlpPath = '/v1/traces';
const otlpTypes: Record<Encoding, string> = { json: 'application/json', protobuf: 'application/x-protobuf' };

function otlpPost({ bytes, encoding, packing }: Body, random: Random, marker: string): Draft {
  const draft = post(otlpPath, otlpTypes[encoding], bytes, random, marker);
  if (packing !== undefined) draft.headers.push(['Content-Encoding', packing]);
  return draft;
}

function otlpBody(random: Random, marker: string): { body: Body; how: string } {
  const encoding = random.pick(['json', 'protobuf'] as const);
  if (random.chance(0.2)) return { body: otlpBomb(random), how: 'a bomb' };
  if (random.chance(0.2))
    return { body: { bytes: strangeJson(random, marker), encoding: 'json' }, how: 'a strange value' };
  const other = otlpRequest(encoding, random, marker);
  const { bytes, how } = mutate(otlpRequest(encoding, random, marker), random, other);
  return { body: { bytes, encoding }, how };
}

const otlp: Dialect = {
  shares: { broken: 0.25, damaged: 0.25 },
  mostBefore: 5,
  wellFormed(random, marker) {
    const encoding = random.pick(['json', 'protobuf'] as const);
    return encodeDraft(otlpPost({ bytes: otlpRequest(encoding, random, marker), encoding }, random, marker));
  },
  kept(random, marker) {
    if (random.chance(0.15)) {
      const draft = otlpPost(
        { bytes: otlpRequest('json', random, marker), encoding: 'json' },
        random,
        marker,
      );
      return oddHead(draft, random, marker, spansOfRequest);
    }
    const { body, how } = otlpBody(random, marker);
    const sent = body.packing === undefined && random.chance(0.2) ? packed(body, random) : body;
    const bytes = encodeDraft(otlpPost(sent, random, marker));
    return { bytes, marker, how, kept: true, spans: () => decodeOtlp(body.bytes, body.encoding).length };
  },
  broken(random, marker) {
    const draft = (service: string): Draft =>
      otlpPost({ bytes: otlpRequest('json', random, marker, service), encoding: 'json' }, random, marker);
    return broken(draft('faults'), encodeDraft(draft(smuggledWord)), random, marker);
  },
};

interface Trace {
  spans: { operationName: string }[];
}

/** Sends a batch, again and again where that is what it is told to. */
async function sendBatch(url: string, type: string, batch: Buffer, signal: AbortSignal): Promise<Response> {
  const body = Uint8Array.from(batch);
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body, signal });
  await answer.arrayBuffer();
  if (answer.status !== 503) return answer;
  await pause(100);
  return sendBatch(url, type, batch, signal);
}

/** Sends a batch of its own and asks for the trace that it has made. */
function canary(
  { ports }: Backend,
  url: string,
  type: string,
  batch: (random: Random, marker: string) => Buffer,
  spans: number,
): AskCanary {
  return async (random, marker) => {
    const signal = AbortSignal.timeout(30_000);
    const taken = await sendBatch(url, type, batch(random, marker), signal);
    if (!taken.ok) return { text: '', wrong: `the batch was answered with ${taken.status}` };
    const stored = await fetch(`http://127.0.0.1:${ports.query}/api/traces/${marker}`, { signal });
    const text = await stored.text();
    const { data } = JSON.parse(text) as { data: Trace[] | null };
    const names = data?.[0]?.spans.map(({ operationName }) => operationName) ?? [];
    const right = names.length === spans && names.every(name => name === `work ${marker}`);
    return { text, wrong: right ? undefined : `${stored.status} ${text.slice(0, 200)}` };
  };
}

/** 64 MiB of traces and as much of bodies, each of them in several forms, beside what an idle process has. */
export const mostBackendMemory = 400;

const common = { statuses, connections: 50, mostMemory: mostBackendMemory };

export const attackedThrift = (backend: Backend): Attacked => ({
  ...common,
  name: 'thrift',
  port: backend.ports.thrift,
  dialect: thrift,
  canary: canary(
    backend,
    `http://127.0.0.1:${backend.ports.thrift}${thriftPath}`,
    thriftType,
    thriftBatch,
    spansOfBatch,
  ),
  processes: [backend],
  afterwards: seed => storedExactly(backend, backend.ports.thrift, thrift, seed),
});

export const attackedOtlp = (backend: Backend): Attacked => ({
  ...common,
  name: 'otlp',
  port: backend.ports.otlp,
  dialect: otlp,
  canary: canary(
    backend,
    `http://127.0.0.1:${backend.ports.otlp}${otlpPath}`,
    otlpTypes.json,
    (random, marker) => otlpRequest('json', random, marker),
    spansOfRequest,
  ),
  processes: [backend],
  // So much may bodies take at a time while they are unpacked, and the C library may keep what of it lies scattered.
  slack: 64,
  afterwards: seed => storedExactly(backend, backend.ports.otlp, otlp, seed),
});
