import { connect } from 'node:net';

/** A request: its words, each character a byte. */
export type Words = readonly string[];

export const words = (line: string): Words => line.split(' ');

export function encodeRequest(request: Words): string {
  return `*${request.length}\r\n${request.map(word => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** Sends the requests and then QUIT on one connection; resolves with every byte that was answered. */
export function transcript(port: number, requests: readonly Words[]): Promise<string> {
  return rawTranscript(port, [...requests, ['QUIT']].map(encodeRequest).join(''));
}

/** Sends the bytes and resolves with what was answered until the server closed the connection. */
export function rawTranscript(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', text => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(bytes, 'latin1');
  });
}
