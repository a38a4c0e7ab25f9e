/**
 * Clients of the backend of `npm start` that take more than their share: of time, by input that is small and slow to
 * read; of memory, by bodies that never end and responses that nobody reads; of connections and of requests on one.
 */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Outcome } from '../scenario.ts';
import { isAlive, level, settle } from './memory.ts';
import type { Backend } from './ports/backend.ts';
import { Random } from './random.ts';
import { otlpRequest } from './requests/otlp.ts';

/** A good request must be served within so many ms, whatever the others do. */
const servedWithinMs = 5_000;
const mostMemory = 700;
const mebibyte = 1024 * 1024;

interface Greed {
  port: 'otlp' | 'query';
  clients: number;
  bytes: () => Buffer;
  /** Reads nothing of what comes. */
  unread?: boolean;
}

function post(length: number, type: string, body: Buffer, packing = 'identity'): Buffer {
  const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Encoding: ${packing}\r\n`;
  return Buffer.concat([Buffer.from(`${head}Content-Length: ${length}\r\n\r\n`), body]);
}

const get = (target: string): Buffer => Buffer.from(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

/** A field of protobuf that is a message. */
function message(field: number, body: Buffer): Buffer {
  const head = [(field << 3) | 2];
  for (let left = body.length; ; left >>>= 7) {
    head.push((left & 127) | (left > 127 ? 128 : 0));
    if (left <= 127) return Buffer.concat([Buffer.from(head), body]);
  }
}

/** Empty spans, or empty parts of one, that are of no length but for their number. */
function emptyParts(count: number, field?: number): Buffer {
  const part = Buffer.from([((field ?? 2) << 3) | 2, 0]);
  const parts = Buffer.alloc(count * part.length, part);
  const packed = gzipSync(message(1, message(2, field === undefined ? parts : message(2, parts))));
  return post(packed.length, 'application/x-protobuf', packed, 'gzip');
}

const largest = 16 * mebibyte;

function kindsFor({ ports }: Backend): Record<string, Greed> {
  const json = 'application/json';
  const search = '/api/traces?service=faults&limit=0';
  return {
    'spans of one id': { port: 'otlp', clients: 4, bytes: () => emptyParts(40_000) },
    'events of one span': { port: 'otlp', clients: 4, bytes: () => emptyParts(400_000, 11) },
    'a length of time of ones': {
      port: 'query',
      clients: 4,
      bytes: () => get(`/api/traces?service=a&minDuration=${'1'.repeat(5_000)}..`),
    },
    'a trace many times': {
      port: 'query',
      clients: 4,
      bytes: () => get(`/api/traces?${`traceID=${ports.trace}&`.repeat(350)}`),
    },
    'half a body': {
      port: 'otlp',
      clients: 4,
      bytes: () => post(largest, json, Buffer.alloc(largest / 2, ' ')),
    },
    'a body but for its end': {
      port: 'otlp',
      clients: 8,
      bytes: () => post(largest, json, Buffer.alloc(largest - 1, ' ')),
    },
    'pipelined requests': {
      port: 'query',
      clients: 4,
      bytes: () => Buffer.concat(Array(40_000).fill(get('/api/services'))),
    },
    'unread responses': { port: 'query', clients: 16, bytes: () => get(search), unread: true },
    'silence after a request': { port: 'otlp', clients: 1_100, bytes: () => get('/v1/traces') },
  };
}

/** Sends the same on one connection after the other, each for a second at most. */
async function beGreedy(
  { bytes, unread = false }: Greed,
  port: number,
  isOver: () => boolean,
): Promise<number> {
  let connections = 0;
  const sent = bytes();
  while (!isOver()) {
    connections++;
    const socket = connect(port, '127.0.0.1', () => socket.write(sent));
    const closed = new Promise(resolve => socket.on('error', () => undefined).on('close', resolve));
    if (unread) socket.pause();
    else socket.resume();
    await Promise.race([closed, pause(1_000, undefined, { ref: false })]);
    socket.destroy();
  }
  return connections;
}

/** One good batch and one good question. @returns what is wrong, if anything */
async function askWell({ ports }: Backend, random: Random): Promise<string | undefined> {
  const signal = AbortSignal.timeout(servedWithinMs);
  const headers = { 'content-type': 'application/json' };
  const body = Uint8Array.from(otlpRequest('json', random, random.hex(32)));
  try {
    const taken = await fetch(`http://127.0.0.1:${ports.otlp}/v1/traces`, {
      method: 'POST',
      headers,
      body,
      signal,
    });
    const shown = await fetch(`http://127.0.0.1:${ports.query}/api/services`, { signal });
    await Promise.all([taken.arrayBuffer(), shown.arrayBuffer()]);
    return taken.ok && shown.ok ? undefined : `${taken.status} and ${shown.status}`;
  } catch (error) {
    return String(error);
  }
}

/** @param forMs how long each kind goes on */
export async function outgreed(backend: Backend, seed: string, forMs: number): Promise<Outcome> {
  const random = new Random(`${seed}/greed`);
  const problems: string[] = [];
  let [requests, asked, right, slowestMs] = [0, 0, 0, 0];
  await askWell(backend, random);
  const before = await level([backend]);
  for (const [kind, greed] of Object.entries(kindsFor(backend))) {
    const until = performance.now() + forMs;
    const isOver = () => performance.now() > until;
    const greedy = Array.from({ length: greed.clients }, () =>
      beGreedy(greed, backend.ports[greed.port], isOver),
    );
    const wrong = new Set<string>();
    while (!isOver()) {
      const began = performance.now();
      const problem = await askWell(backend, random);
      slowestMs = Math.max(slowestMs, performance.now() - began);
      asked++;
      if (problem === undefined) right++;
      else wrong.add(problem);
      await pause(20);
    }
    for (const connections of await Promise.all(greedy)) requests += connections;
    if (wrong.size > 0) problems.push(`with ${kind}, good requests got ${[...wrong].slice(0, 3).join('; ')}`);
  }
  if (!isAlive(backend)) problems.push('the process under test has ended');
  const { grown, peak, back } = await settle([backend], before, 150);
  if (peak > mostMemory) problems.push(`${peak.toFixed(0)} MiB were needed at one time`);
  if (!back) problems.push(`${grown.toFixed(1)} MiB more are needed than before`);
  const seen = `${requests} connections; the slowest good request ${Math.round(slowestMs)} ms; at most ${peak.toFixed(0)} MiB`;
  return { requests: asked, answered: right, whole: undefined, seen, problems };
}
