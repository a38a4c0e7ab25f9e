/**
 * Decodes what strangers send in a thread of its own, so that nothing sent stops the ports. It hands over the spans in
 * pieces, each when it is asked for, so that none keeps the other thread busy for long.
 */
import { parentPort } from 'node:worker_threads';
import { type Process, type Span, spanBytes } from '../../read/span.ts';
import { type Document, decodeDocument, type Refusal } from './decode.ts';

export type Reply = 'ready' | Refusal | Piece;

export interface Piece {
  /** Those not in an earlier piece; a span names its process by its place among all. */
  processes: Process[];
  spans: (Omit<Span, 'process'> & { process: number })[];
  isLast: boolean;
}

const MAX_PIECE_SPANS = 500;
/** Accounted bytes. */
const MAX_PIECE_BYTES = 512 * 1024;

function* piecesOf(spans: readonly Span[]): Generator<Piece> {
  const known = new Map<Process, number>();
  let piece: Piece = { processes: [], spans: [], isLast: false };
  let bytes = 0;
  for (const span of spans) {
    if (piece.spans.length === MAX_PIECE_SPANS || bytes > MAX_PIECE_BYTES) {
      yield piece;
      piece = { processes: [], spans: [], isLast: false };
      bytes = 0;
    }
    let process = known.get(span.process);
    if (process === undefined) {
      process = known.size;
      known.set(span.process, process);
      piece.processes.push(span.process);
    }
    piece.spans.push({ ...span, process });
    bytes += spanBytes(span);
  }
  yield { ...piece, isLast: true };
}

const port = parentPort;
let pieces: Generator<Piece> | undefined;

port?.on('message', (message: Document | 'next') => {
  if (message !== 'next') {
    const decoded = decodeDocument(message);
    if (!Array.isArray(decoded)) return port.postMessage(decoded satisfies Reply);
    pieces = piecesOf(decoded);
  }
  port.postMessage(pieces?.next().value satisfies Reply | undefined);
});
port?.postMessage('ready' satisfies Reply);
