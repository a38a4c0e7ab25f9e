/**
 * A collector that counts, as a process of its own: Jaeger's thrift and OTLP over HTTP. It reads a batch only when it
 * is asked how many spans there were, or, with `--eager`, at once, which a long run needs to stay small.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Span } from '../../local/traces/model.ts';
import { decodeOtlp } from '../../local/traces/otlp.ts';
import { decodeThriftBatch } from '../../local/traces/thrift.ts';

export interface Counts {
  spans: number;
  /** How many traces have so many spans. */
  tracesBySpans: Record<number, number>;
}

type Decode = (body: Buffer) => Span[];

const eager = process.argv.includes('--eager');
let unread: [body: Buffer, decode: Decode][] = [];
let spansOfTrace = new Map<string, number>();

function read(body: Buffer, decode: Decode): void {
  for (const { traceID } of decode(body)) spansOfTrace.set(traceID, (spansOfTrace.get(traceID) ?? 0) + 1);
}

function counts(): Counts {
  for (const [body, decode] of unread) read(body, decode);
  unread = [];
  const tracesBySpans: Record<number, number> = {};
  let spans = 0;
  for (const count of spansOfTrace.values()) {
    spans += count;
    tracesBySpans[count] = (tracesBySpans[count] ?? 0) + 1;
  }
  return { spans, tracesBySpans };
}

async function take(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  decode: Decode,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (eager) read(body, decode);
  else unread.push([body, decode]);
  res.writeHead(status).end();
}

async function listen(status: number, decode: Decode): Promise<number> {
  // A connection that was cut off brings no batch, and is the sender's affair.
  const server = createServer((req, res) => void take(req, res, status, decode).catch(() => undefined));
  server.keepAliveTimeout = 60_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

process.on('message', message => {
  if (message === 'reset') {
    unread = [];
    spansOfTrace = new Map();
  } else if (message === 'count') process.send?.(counts());
});
process.on('disconnect', () => process.exit());

const decodeProtobuf = (body: Buffer): Span[] => decodeOtlp(body, 'protobuf');
process.send?.({ thrift: await listen(202, decodeThriftBatch), otlp: await listen(200, decodeProtobuf) });
