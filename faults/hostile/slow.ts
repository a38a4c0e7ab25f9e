/** Connections on which next to nothing is said or taken: the server must end them, and serve the others meanwhile. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningServer } from '../../bench/server.ts';
import { ask, isAnswer } from '../load.ts';
import type { Outcome } from '../scenario.ts';
import { isAlive, level, settle } from './memory.ts';
import type { Backend } from './ports/backend.ts';

/** Between one byte and the next, in ms. */
const dripMs = 500;
/** Of those before the memory is measured for the first time. */
const warmUpMs = 1_000;
/** Twice what a request may take to come, and half as much. */
const endedWithinMs = 25_000;

const host = 'Host: localhost\r\n';
const json = 'Content-Type: application/json\r\n';

/** What is said at once, and what follows drop by drop, again and again. */
const kinds: Record<string, [first: string, drops: string]> = {
  nothing: ['', ''],
  'half a request line': ['GET /', ''],
  'half a head': [`GET / HTTP/1.1\r\n${host}`, ''],
  'a slow request line': ['GET /', 'a'],
  'a slow head': [`GET / HTTP/1.1\r\n${host}X-Slow: `, 'a'],
  'slow headers': [`GET / HTTP/1.1\r\n${host}`, 'X: y\r\n'],
  'slow line ends': ['', '\r\n'],
  'a slow body': [`POST /v1/traces HTTP/1.1\r\n${host}${json}Content-Length: 1000\r\n\r\n`, ' '],
  'slow chunks': [
    `POST /v1/traces HTTP/1.1\r\n${host}${json}Transfer-Encoding: chunked\r\n\r\n`,
    '1\r\n \r\n',
  ],
};

interface Slow {
  port: number;
  kind: string;
  /** Until it was ended by the server, in ms; infinite where it was not. */
  ms: number;
}

async function beSlow(port: number, kind: string, withinMs: number): Promise<Slow> {
  const [first, drops] = kinds[kind] as [string, string];
  const began = performance.now();
  const socket = connect(port, '127.0.0.1', () => socket.write(first));
  let ended = false;
  socket
    .on('error', () => undefined)
    .on('close', () => {
      ended = true;
    });
  socket.resume();
  for (let at = 0; !ended && performance.now() < began + withinMs; at++) {
    await pause(dripMs);
    if (socket.writable && drops !== '') socket.write(drops[at % drops.length] ?? '');
  }
  socket.destroy();
  return { port, kind, ms: ended ? performance.now() - began : Number.POSITIVE_INFINITY };
}

/** Asks each address again and again. @returns the slowest answer in ms, and how many went wrong */
async function askMeanwhile(urls: readonly string[], isOver: () => boolean) {
  const seen = { asked: 0, wrong: 0, slowestMs: 0 };
  while (!isOver()) {
    for (const url of urls) {
      const answer = await ask(url, { timeoutMs: 10_000 });
      seen.asked++;
      seen.slowestMs = Math.max(seen.slowestMs, answer.ms);
      // That there is an answer is enough: the collectors' ports have nothing for a GET but 405.
      if (!isAnswer(answer) || ![200, 405].includes(answer.status)) seen.wrong++;
    }
    await pause(50);
  }
  return seen;
}

/** @param each how many connections of each kind there are to each port */
export async function outwait(server: RunningServer, backend: Backend, each: number): Promise<Outcome> {
  const { thrift, otlp, query } = backend.ports;
  const ports = [Number(new URL(server.url).port), thrift, otlp, query];
  const paths = ['/', '/api/traces', '/v1/traces', '/api/services'];
  const urls = ports.map((port, at) => `http://127.0.0.1:${port}${paths[at]}`);
  const processes = [server, backend];
  const areSlow = (withinMs: number): Promise<Slow[]> => {
    const all = ports.flatMap(port => Object.keys(kinds).map(kind => ({ port, kind })));
    const slow = all.flatMap(({ port, kind }) =>
      Array.from({ length: each }, () => beSlow(port, kind, withinMs)),
    );
    return Promise.all(slow);
  };
  let over = false;
  const meanwhile = askMeanwhile(urls, () => over);
  await areSlow(warmUpMs);
  const before = await level(processes);
  const done = await areSlow(endedWithinMs);
  over = true;
  const { asked, wrong, slowestMs } = await meanwhile;
  const { grown, peak, back } = await settle(processes, before);
  const left = done.filter(({ ms }) => ms === Number.POSITIVE_INFINITY);
  const which = new Set(left.map(({ port, kind }) => `${kind} at ${paths[ports.indexOf(port)]}`));
  const longest = Math.max(...done.map(({ ms }) => ms));
  return {
    requests: done.length,
    answered: done.length - left.length,
    whole: undefined,
    seen: [
      `the server ended each within ${(longest / 1_000).toFixed(1)} s`,
      `${asked} good requests, the slowest ${Math.round(slowestMs)} ms`,
      `memory ${grown < 0 ? '' : '+'}${grown.toFixed(1)} MiB, at most ${peak.toFixed(0)} MiB`,
    ].join('; '),
    problems: [
      ...(left.length > 0 ? [`${left.length} connections were not ended: ${[...which].join(', ')}`] : []),
      ...(wrong > 0 ? [`${wrong} good requests were not answered as they should be`] : []),
      ...(processes.every(isAlive) ? [] : ['a process under test has ended']),
      ...(back ? [] : [`${grown.toFixed(1)} MiB more are needed than before`]),
    ],
  };
}
