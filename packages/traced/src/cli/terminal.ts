/** What the command's own streams are: how wide, whether in colour, and how they end. */
import { fstatSync, writeSync } from 'node:fs';
import { printable } from '../diagnosis/terminal-text.ts';
import { systemReason } from './system-reasons.ts';

export interface Screen {
  columns: number;
  color: boolean;
}

/** Text that is no wider is easier to read, and its lines still fit beside each other on a large screen. */
const widest = 120;

/** When to print in colour. */
export type ColorOption = 'auto' | 'always' | 'never';

/** A terminal's width up to 120 columns, 80 for what is no terminal. By `auto`, NO_COLOR and FORCE_COLOR decide. */
export function screenOf(stream: NodeJS.WriteStream, color: ColorOption = 'auto'): Screen {
  const { isTTY, columns } = stream;
  return {
    columns: isTTY ? Math.min(widest, columns || 80) : 80,
    color: color === 'auto' ? isColored(isTTY === true, process.env) : color === 'always',
  };
}

/** By https://no-color.org and, where that says nothing, https://force-color.org. */
function isColored(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && TERM !== 'dumb';
}

/**
 * Writes data to standard output. What was written is whole when the process ends by itself, not by `exit`. Where it
 * cannot be written, the command ends with exit status 2.
 */
export function print(text: string): void {
  progress.clear();
  if (isFile(1)) writeFileWhole(1, text);
  else process.stdout.write(text);
}

/** Whether a stream is a file or a device, rather than a pipe, a socket or a terminal. */
function isFile(fd: 1): boolean {
  const stats = fstatSync(fd);
  return !process.stdout.isTTY && (stats.isFile() || stats.isCharacterDevice());
}

// On a disk with little space left, a write takes only a part and reports no error; Node's stream stops there.
function writeFileWhole(fd: 1, text: string): void {
  const data = Buffer.from(text);
  try {
    for (let written = 0; written < data.length; ) written += writeSync(fd, data, written);
  } catch (error) {
    outputFailed(error as NodeJS.ErrnoException);
  }
}

export const printJson = (data: unknown): void => print(`${JSON.stringify(data, null, 2)}\n`);

/** A line each. */
export const printLines = (data: readonly unknown[]): void =>
  print(data.map(each => `${JSON.stringify(each)}\n`).join(''));

/** Says something about the command itself, to standard error. Text from strangers is made fit for a terminal. */
export function say(text: string): void {
  progress.clear();
  process.stderr.write(`${text.split('\n').map(printable).join('\n')}\n`);
}

/**
 * What happens when the command's own streams fail or it is interrupted. A reader that has seen enough, as in
 * `traced traces | head`, ends it quietly; any other failure of standard output ends it with a sentence.
 */
export function watchStreams(): void {
  process.stdout.on('error', outputFailed);
  // Nothing can be said there any more, and the data goes on.
  process.stderr.on('error', () => {});
  process.on('SIGINT', () => {
    progress.clear();
    process.exit(130);
  });
}

function outputFailed(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit();
  say(`traced: standard output cannot be written: ${systemReason(error)}`);
  // Also where a finding has set 1: it may be what was not written.
  process.exit(2);
}

/** Something is said of work that takes longer than this, in ms. */
const patienceMs = 1_000;

type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'isTTY'>;

/** What is being done, on the last line of a terminal, once it has taken a second. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #startedAt: number;
  #isShown = false;

  /** @param now ms, of any clock that only goes on */
  constructor(terminal: Terminal, now = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#startedAt = now();
  }

  /** @param isLong that the step is known to take long, whatever the time so far */
  step(text: string, isLong = false): void {
    if (this.#terminal.isTTY !== true) return;
    if (!isLong && this.#now() - this.#startedAt < patienceMs) return;
    const columns = Math.max(1, (this.#terminal.columns || 80) - 1);
    this.#terminal.write(`\r\x1b[K${printable(text).slice(0, columns)}`);
    this.#isShown = true;
  }

  clear(): void {
    if (this.#isShown) this.#terminal.write('\r\x1b[K');
    this.#isShown = false;
  }
}

export const progress = new Progress(process.stderr);
