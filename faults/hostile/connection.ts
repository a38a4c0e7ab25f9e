import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type Answers, readAnswers } from './answers.ts';
import type { Volley } from './requests/volley.ts';

/** Who says nothing for so long, in ms, and owes no answer, is told that no more comes. */
const quietMs = 150;
/** A server that has all that will come must have answered or closed after so many ms. */
export const hangMs = 20_000;

export interface Exchange extends Answers {
  /** Who ended it: the server; we, once all was answered, or all was said; or nobody did, within the time. */
  ended: 'by the server' | 'answered' | 'told to' | 'never';
  ms: number;
}

async function write(socket: Socket, { parts, cuts }: Volley): Promise<void> {
  const bytes = Buffer.concat(parts.map(part => part.bytes));
  let from = 0;
  for (const cut of cuts) {
    socket.write(bytes.subarray(from, cut));
    from = cut;
    await setImmediate();
  }
  if (!socket.destroyed) socket.write(bytes.subarray(from));
}

/** Sends a volley on a connection of its own, and hears what comes until it is ended. Never rejects. */
export function exchange(port: number, volley: Volley): Promise<Exchange> {
  const began = performance.now();
  const kept = volley.parts.filter(part => part.kept).length;
  const isClear = kept === volley.parts.length;
  let received = '';
  let current: Answers = { answers: [], rest: '' };
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => void write(socket, volley));
    let told = false;
    let quiet: NodeJS.Timeout | undefined;
    const end = (ended: Exchange['ended']) => {
      clearTimeout(late);
      clearTimeout(quiet);
      socket.destroy();
      resolve({ ...current, ended, ms: performance.now() - began });
    };
    const late = setTimeout(() => end('never'), hangMs);
    const wait = () => {
      clearTimeout(quiet);
      if (told || current.answers.length < kept) return;
      quiet = setTimeout(() => {
        told = true;
        socket.end();
      }, quietMs);
    };
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', data => {
      received += data;
      current = readAnswers(received, volley.parts);
      // To what is not clear more may come than one answer.
      if (isClear && current.answers.length >= kept) end('answered');
      else wait();
    });
    socket.on('error', () => undefined).on('close', () => end(told ? 'told to' : 'by the server'));
    wait();
  });
}
