import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../load.ts';
import type { BodyFault } from './requests.ts';

function readResponse(text: string, began: number): { response: Answer; rest: string } {
  const [head = '', ...others] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers: Record<string, string> = Object.fromEntries(
    lines.map(line => [line.split(':', 1)[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = others.join('\r\n\r\n');
  const length = Number(headers['content-length'] ?? 0);
  const response = {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: rest.slice(0, length),
    traceId: headers['traceresponse']?.split('-')[1] ?? '',
    began,
    ms: performance.now() - began,
  };
  return { response, rest: rest.slice(length) };
}

async function write(socket: Socket, { send, ends = false }: BodyFault, type: string): Promise<void> {
  for await (const bytes of send(type)) {
    if (!socket.writable) return;
    socket.write(bytes);
  }
  if (ends) socket.end();
}

/**
 * Sends a body that has a fault, and reads until the server closes the connection.
 * @returns the responses; undefined where the server has not closed it within `withinMs`
 */
export async function exchange(
  port: number,
  fault: BodyFault,
  type: string,
  withinMs: number,
): Promise<Answer[] | undefined> {
  const began = performance.now();
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', data => {
    text += data;
  });
  const { promise: closed, resolve } = Promise.withResolvers<'closed'>();
  socket.on('error', () => undefined).on('close', () => resolve('closed'));
  void write(socket, fault, type);
  const end = await Promise.race([closed, pause(withinMs, 'late', { ref: false })]);
  socket.destroy();
  if (end === 'late') return undefined;
  const responses: Answer[] = [];
  while (text !== '') {
    const { response, rest } = readResponse(text, began);
    responses.push(response);
    text = rest;
  }
  return responses;
}
