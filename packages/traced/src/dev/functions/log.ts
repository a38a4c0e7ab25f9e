import { printable } from '../../diagnosis/terminal-text.ts';

const severities = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
type Severity = (typeof severities)[number];

const maxLineLength = 16_384;
const keptLines = 20;
const notShown = new Set(['time', 'severity', 'message', 'function', 'stack']);

/**
 * What one function writes. JSON log lines with a severity are shown from `least` on, as `alpha  WARNING message
 * key=value`. Lines without one, such as those of `console.log`, are always shown: someone who adds one wants to see it.
 * Control characters are escaped, since a log line may quote a stranger's request.
 */
export class FunctionLog {
  readonly #name: string;
  readonly #least: Severity;
  readonly #show: (line: string) => void;
  readonly #last: string[] = [];
  #error: string | undefined;

  constructor(name: string, least: Severity, show: (line: string) => void) {
    this.#name = name;
    this.#least = least;
    this.#show = show;
  }

  /**
   * Why a process ended: the message of the last error that it logged, with the beginning of its stack, which has the
   * file and line of what does not compile; else the last lines that it wrote, each on a line of its own.
   */
  lastError(): string {
    if (this.#error !== undefined) return `: ${this.#error}`;
    return this.#last.length === 0
      ? ', and wrote nothing'
      : `:${this.#last.map(line => `\n  ${line}`).join('')}`;
  }

  /** Follows a stream of the function; `raw` is the severity of lines that have none. */
  follow(stream: NodeJS.ReadableStream, raw: Severity): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', text => {
      const lines = (rest + text).split('\n');
      // A line without an end must not grow for ever.
      rest = (lines.pop() ?? '').slice(0, maxLineLength);
      for (const line of lines) this.#add(line.slice(0, maxLineLength), raw);
    });
    stream.on('end', () => this.#add(rest, raw));
    stream.on('error', () => {});
  }

  #add(line: string, raw: Severity): void {
    if (line.trim() === '') return;
    const { severity, text, error } = readLogLine(line) ?? { text: line };
    this.#error = error ?? this.#error;
    const shown = `${this.#name.padEnd(7)} ${(severity ?? raw).padEnd(7)} ${printable(text)}`;
    this.#last.push(shown);
    if (this.#last.length > keptLines) this.#last.shift();
    if (severity === undefined || severities.indexOf(severity) >= severities.indexOf(this.#least))
      this.#show(shown);
  }
}

/** The least severity to show, from LOG_LEVEL: warnings unless more is asked for. */
export function leastSeverity(level: string | undefined): Severity {
  const wanted = level?.toUpperCase();
  return severities.find(severity => severity === wanted) ?? 'WARNING';
}

interface LogLine {
  severity?: Severity | undefined;
  text: string;
  /** Of an error: its message and where its stack begins. */
  error?: string | undefined;
}

function readLogLine(line: string): LogLine | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof entry !== 'object' || entry === null || !('message' in entry)) return undefined;
  const severity = 'severity' in entry ? severities.find(name => name === entry.severity) : undefined;
  const details = Object.entries(entry)
    .filter(([key]) => !notShown.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error =
    severity === 'ERROR'
      ? describe(String(entry.message), 'stack' in entry ? entry.stack : undefined)
      : undefined;
  return { severity, text: [String(entry.message), ...details].join(' '), error };
}

const mostStackLines = 8;

/** An error's message with where it happened: its stack down to the first line of the function's own code. */
function describe(message: string, stack: unknown): string {
  if (typeof stack !== 'string') return printable(message);
  const lines = stack.split('\n').filter(line => line.trim() !== '' && !message.includes(unnamed(line)));
  const calls = lines.filter(line => isCall.test(line));
  const own = calls.find(line => !/node:|node_modules/.test(line));
  const text = lines.filter(line => !isCall.test(line)).slice(0, mostStackLines);
  return [message, ...text, ...(own === undefined ? [] : [own])].map(printable).join('\n  ');
}

const isCall = /^\s+at /;
/** `SyntaxError: Unexpected token` without the name, which the message lacks. */
const unnamed = (line: string): string => line.replace(/^\w*Error( \[\w+\])?: /, '').trim();
