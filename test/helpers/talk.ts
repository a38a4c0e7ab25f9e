/** A connection on which bytes are said as they are, and what comes back is heard. */
import net from 'node:net';

export interface Talk {
  socket: net.Socket;
  /** All that has come, with the answers' heads but for their first lines left out. */
  heard(): string;
  closed: Promise<void>;
}

export function talkTo(port: number, bytes: string): Talk {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
  let text = '';
  socket.setEncoding('latin1').on('data', data => {
    text += data;
  });
  const closed = new Promise<void>(resolve =>
    socket.on('error', () => undefined).on('close', () => resolve()),
  );
  return { socket, heard: () => text.replaceAll(/(HTTP\/1\.1 \d+)[\s\S]*?\r\n\r\n/g, '[$1] '), closed };
}

export async function untilHeard({ heard }: Talk, text: string): Promise<void> {
  while (!heard().includes(text)) await new Promise(setImmediate);
}

export const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
