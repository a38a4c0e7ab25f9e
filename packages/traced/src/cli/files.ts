/** Traces in files and on standard input. */
import { createReadStream, fstatSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { mostBytes, readTraceBytes } from '../read/bytes.ts';
import { SetAside, TraceFormatError } from '../read/index.ts';
import { InputError } from './input-error.ts';
import { systemReason } from './system-reasons.ts';
import { progress, say } from './terminal.ts';

/** Bytes. Parsing that many takes about a second, and nothing can be shown meanwhile. */
const longBytes = 50e6;

/**
 * The traces in a file, or on standard input for `-`.
 * @throws InputError where it cannot be read or has no trace in it
 */
export async function readTraceFile(path: string): Promise<JaegerTrace[]> {
  const name = path === '-' ? 'standard input' : path;
  if (path === '-' && process.stdin.isTTY) say('reading a trace from the terminal: end it with Ctrl-D');
  const bytes = await bytesOf(path, name);
  progress.step(`parsing ${name} (${megabytes(bytes.length)})`, bytes.length > longBytes);
  try {
    const setAside = new SetAside();
    const traces = await readTraceBytes(bytes, setAside);
    for (const sentence of setAside.sentences()) say(`traced: ${name}: ${sentence}`);
    if (traces.length > 0) return traces;
  } catch (error) {
    throw error instanceof TraceFormatError ? new InputError(`${name}: ${error.message}`) : error;
  }
  throw new InputError(`${name}: there is no trace in it`);
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

async function bytesOf(path: string, name: string): Promise<Uint8Array> {
  try {
    const stats = path === '-' ? fstatSync(0) : statSync(path);
    // Node's stream of it is empty.
    if (stats.isDirectory()) throw new InputError('it is a folder');
    const tooLarge = new InputError(`it is larger than ${megabytes(mostBytes)}`);
    if (stats.size > mostBytes) throw tooLarge;
    // At once where its length is known, which takes half the memory.
    if (path !== '-' && stats.isFile() && stats.size > 0) return await readFile(path);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
      length += chunk.length;
      if (length > mostBytes) throw tooLarge;
      chunks.push(chunk);
      progress.step(`reading ${name}: ${megabytes(length)}`);
    }
    return Buffer.concat(chunks, length);
  } catch (error) {
    throw new InputError(`${name} cannot be read: ${systemReason(error as NodeJS.ErrnoException)}`);
  }
}
