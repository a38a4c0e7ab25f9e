/** What the command's own streams are: how wide, whether in colour, and how they end. */
import { printable } from '../diagnosis/terminal-text.ts';

export interface Screen {
  columns: number;
  color: boolean;
}

/** Text that is no wider is easier to read, and its lines still fit beside each other on a large screen. */
const widest = 120;

/** A terminal's width up to 120 columns, 80 for what is no terminal. NO_COLOR and FORCE_COLOR are honoured. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  const { isTTY, columns } = stream;
  return {
    columns: isTTY ? Math.min(widest, columns || 80) : 80,
    color: isColored(isTTY === true, process.env),
  };
}

/** By https://no-color.org and, where that says nothing, https://force-color.org. */
function isColored(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && TERM !== 'dumb';
}

/** Writes data to standard output. What was written is whole when the process ends by itself, not by `exit`. */
export function print(text: string): void {
  progress.clear();
  process.stdout.write(text);
}

export const printJson = (data: unknown): void => print(`${JSON.stringify(data, null, 2)}\n`);

/** Says something about the command itself, to standard error. Text from strangers is made fit for a terminal. */
export function say(text: string): void {
  progress.clear();
  process.stderr.write(`${text.split('\n').map(printable).join('\n')}\n`);
}

/** A reader that has seen enough, as in `traced traces | head`, ends the command without a word. */
export function endQuietly(): void {
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
  process.on('SIGINT', () => {
    progress.clear();
    process.exit(130);
  });
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
