/**
 * A collector that counts, as a process of its own: Jaeger's thrift and OTLP over HTTP. It reads a batch only when it
 * is asked what came, or, with `--eager`, at once, which a long run needs to stay small. Told to, it fails in the ways
 * in which collectors fail.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeOtlp } from '../packages/traced/src/dev/traces/otlp.ts';
import { decodeThriftBatch } from '../packages/traced/src/dev/traces/thrift.ts';
import type { Span } from '../packages/traced/src/read/span.ts';

export interface Counts {
  /** Each counted once, however often it came. */
  spans: number;
  /** Those that came once more. */
  duplicates: number;
  /** How many traces have so many spans. */
  tracesBySpans: Record<number, number>;
  /** Batches that came again before the Retry-After of the refusal was over. */
  tooSoon: number;
}

/** What becomes of a batch; `take` unless told. */
export type Behaviour =
  | { kind: 'take'; afterMs?: number }
  | { kind: 'refuse'; status: number; retryAfterSeconds?: number }
  /** Never answers. */
  | { kind: 'hang' }
  /** Cuts the connection in the middle of the batch, or once it has taken all of it, before it answers. */
  | { kind: 'cut'; after: 'half' | 'all' }
  /** Nobody listens. */
  | { kind: 'away' };

export type Command =
  | 'reset'
  | 'count'
  | 'traces'
  | { kind: 'spans'; traceIds: readonly string[] }
  | Behaviour;

/** Of each trace, how many spans have come. */
export type SpansByTrace = [traceId: string, spans: number][];

type Decode = (body: Buffer) => Span[];

const eager = process.argv.includes('--eager');
let behaviour: Behaviour = { kind: 'take' };
let unread: [body: Buffer, decode: Decode][] = [];
/** What has been read and counted, and is decoded once more for who asks for the spans themselves. */
let counted: [body: Buffer, decode: Decode][] = [];
let spansById = new Map<string, Map<string, Span>>();
let spansOfTrace = new Map<string, number>();
let seen = new Set<string>();
let duplicates = 0;
let tooSoon = 0;
/** By `performance.now()`. */
let notBefore = 0;

function read(body: Buffer, decode: Decode): void {
  for (const { traceID, spanID } of decode(body)) {
    const id = traceID + spanID;
    if (seen.has(id)) duplicates++;
    else {
      seen.add(id);
      spansOfTrace.set(traceID, (spansOfTrace.get(traceID) ?? 0) + 1);
    }
  }
}

function readAll(): void {
  for (const [body, decode] of unread) read(body, decode);
  counted.push(...unread);
  unread = [];
}

/** Each span once, however often it came. */
function spansOf(traceIds: readonly string[]): Span[] {
  readAll();
  for (const span of counted.splice(0).flatMap(([body, decode]) => decode(body))) {
    const spans = spansById.get(span.traceID) ?? new Map<string, Span>();
    spansById.set(span.traceID, spans.set(span.spanID, span));
  }
  return traceIds.flatMap(id => [...(spansById.get(id)?.values() ?? [])]);
}

function counts(): Counts {
  readAll();
  const tracesBySpans: Record<number, number> = {};
  for (const count of spansOfTrace.values()) tracesBySpans[count] = (tracesBySpans[count] ?? 0) + 1;
  return { spans: seen.size, duplicates, tracesBySpans, tooSoon };
}

function reset(): void {
  unread = [];
  counted = [];
  spansById = new Map();
  spansOfTrace = new Map();
  seen = new Set();
  duplicates = 0;
  tooSoon = 0;
}

function refuse(res: ServerResponse, status: number, retryAfterSeconds: number | undefined): void {
  const now = performance.now();
  if (now < notBefore) tooSoon++;
  notBefore = now + (retryAfterSeconds ?? 0) * 1_000;
  res
    .writeHead(status, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) })
    .end();
}

async function take(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  decode: Decode,
): Promise<void> {
  const now = behaviour;
  if (now.kind === 'hang') {
    req.resume();
    return;
  }
  if (now.kind === 'cut' && now.after === 'half') {
    req.once('data', () => req.socket.destroy());
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  if (now.kind === 'refuse') {
    refuse(res, now.status, now.retryAfterSeconds);
    return;
  }
  const body = Buffer.concat(chunks);
  if (eager) read(body, decode);
  else unread.push([body, decode]);
  if (now.kind === 'take' && now.afterMs !== undefined) await pause(now.afterMs);
  if (now.kind === 'cut') req.socket.destroy();
  else res.writeHead(status).end();
}

const servers: { server: Server; port: number }[] = [];

async function listen(status: number, decode: Decode): Promise<number> {
  // A connection that was cut off brings no batch, and is the sender's affair.
  const server = createServer((req, res) => void take(req, res, status, decode).catch(() => undefined));
  server.keepAliveTimeout = 60_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  servers.push({ server, port });
  return port;
}

async function behave(as: Behaviour): Promise<void> {
  behaviour = as;
  for (const { server, port } of servers) {
    if (as.kind === 'away' && server.listening) {
      server.close();
      server.closeAllConnections();
    } else if (as.kind !== 'away' && !server.listening) {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    }
  }
}

async function obey(command: Command): Promise<unknown> {
  if (command === 'reset') return reset();
  if (command === 'count') return counts();
  if (command === 'traces') {
    readAll();
    return [...spansOfTrace];
  }
  if (command.kind === 'spans') return spansOf(command.traceIds);
  return behave(command);
}

process.on('message', (command: Command) => {
  void obey(command).then(answer => process.send?.(answer ?? null));
});
process.on('disconnect', () => process.exit());

const decodeProtobuf = (body: Buffer): Span[] => decodeOtlp(body, 'protobuf');
process.send?.({ thrift: await listen(202, decodeThriftBatch), otlp: await listen(200, decodeProtobuf) });
