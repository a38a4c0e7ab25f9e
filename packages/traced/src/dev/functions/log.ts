import { printable } from '@traced-functions/traced';

const severities = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
type Severity = (typeof severities)[number];

const maxLineLength = 16_384;
const keptLines = 20;
const notShown = new Set(['time', 'severity', 'message', 'function', 'stack']);

/**
 * What one function writes. Its JSON log lines from `least` on are shown as `alpha  WARNING message key=value`, lines
 * that are no JSON as they are; control characters are escaped, since a log line may quote a stranger's request.
 */
export class FunctionLog {
  readonly #name: string;
  readonly #least: Severity;
  readonly #show: (line: string) => void;
  readonly #last: string[] = [];

  constructor(name: string, least: Severity, show: (line: string) => void) {
    this.#name = name;
    this.#least = least;
    this.#show = show;
  }

  /** The last lines written, shown or not, oldest first. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** Follows a stream of the function; `raw` is the severity of what is no JSON. */
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
    const { severity, text } = readLogLine(line) ?? { severity: raw, text: line };
    const shown = `${this.#name.padEnd(7)} ${severity.padEnd(7)} ${printable(text)}`;
    this.#last.push(shown);
    if (this.#last.length > keptLines) this.#last.shift();
    if (severities.indexOf(severity) >= severities.indexOf(this.#least)) this.#show(shown);
  }
}

/** The least severity to show, from LOG_LEVEL: warnings unless more is asked for. */
export function leastSeverity(level: string | undefined): Severity {
  const wanted = level?.toUpperCase();
  return severities.find(severity => severity === wanted) ?? 'WARNING';
}

function readLogLine(line: string): { severity: Severity; text: string } | undefined {
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
  return { severity: severity ?? 'INFO', text: [String(entry.message), ...details].join(' ') };
}
