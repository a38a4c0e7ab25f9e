/**
 * Traces drawn as timelines, so that a test shows what it is about:
 *
 *     gateway GET /all  |------------------|                # the root: 19 ms
 *       gateway GET       |-----|             {kind: client}
 *         root GET /        |--|              {kind: server, http.status_code: 200}
 *       gateway set               |-||-||-|   {db.system: redis}
 *
 * - A line is a span: its indentation says its parent, its first word its service, then comes its name.
 * - A column is 1 ms (`columnUs` says otherwise), and the first bar of all begins at 0. A span lasts from its first
 *   `|` to its last: `|--|` is 3 ms, `||` 1 ms, a single `|` 0. `=` is drawn like `-`.
 * - Several bars on a line are spans alike: `|-||-|` with 1 ms between them, `|-|-|` with none. A child of such a
 *   line is below the last bar that began no later than it.
 * - In braces, separated by commas: `id: a` and `parent: a` (an id that no line has makes a missing parent),
 *   `follows` (FOLLOWS_FROM), `process: p2` (another process of the same service), and else tags: `kind: client` for
 *   span.kind, `error` alone for true; numbers, true and false as such, `"…"` where a comma is in the text.
 * - What comes after ` #` is a comment. Lines of `+` mark the critical path below a bar and are made by `withPath`.
 */
import type { PathSection } from '../../src/diagnosis/critical-path.ts';
import type { JaegerReference, JaegerSpan, JaegerTag, JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import type { SpanNode } from '../../src/diagnosis/tree.ts';

export interface DrawingOptions {
  /** µs that a column stands for; 1,000 unless given. */
  columnUs?: number;
}

/** µs since the Unix epoch at which every drawing begins. */
export const drawnAt = 1_700_000_000_000_000;

interface Line {
  text: string;
  indent: number;
  service: string;
  name: string;
  /** Columns of each bar's first and last character. */
  bars: { from: number; to: number }[];
  options: Map<string, string>;
  spans: JaegerSpan[];
}

/** The trace that a drawing shows. */
export function timeline(drawing: string, options?: DrawingOptions): JaegerTrace {
  return new Drawing(drawing, options).trace;
}

export class Drawing {
  /** Its spans are in the order of the lines. */
  readonly trace: JaegerTrace;
  readonly #lines: Line[];
  readonly #columnUs: number;
  readonly #left: number;

  /** @throws an Error with the line that cannot be read */
  constructor(drawing: string, { columnUs = 1_000 }: DrawingOptions = {}) {
    this.#columnUs = columnUs;
    this.#lines = unindented(drawing)
      .filter(text => !/^[ +]*$/.test(text))
      .map(readLine);
    this.#left = Math.min(...this.#lines.flatMap(({ bars }) => bars.map(({ from }) => from)));
    const processes: JaegerTrace['processes'] = {};
    this.#lines.forEach((line, i) => {
      const parent = this.#lines.slice(0, i).findLast(({ indent }) => indent < line.indent);
      line.spans = line.bars.map((bar, n) =>
        this.#span(line, parent, bar, `s${i + 1}${n > 0 ? `.${n}` : ''}`),
      );
      processes[line.options.get('process') ?? line.service] = { serviceName: line.service, tags: [] };
    });
    const spans = this.#lines.flatMap(line => line.spans);
    this.trace = { traceID: 't', spans, processes, warnings: null };
  }

  #span(line: Line, parent: Line | undefined, bar: Line['bars'][number], id: string): JaegerSpan {
    return {
      traceID: 't',
      spanID: line.options.get('id') ?? id,
      operationName: line.name,
      references: references(line, parent, bar.from),
      startTime: drawnAt + (bar.from - this.#left) * this.#columnUs,
      duration: (bar.to - bar.from) * this.#columnUs,
      tags: tags(line.options),
      logs: [],
      processID: line.options.get('process') ?? line.service,
      warnings: null,
    };
  }

  /** The span of the only line with this name, or of the nth bar of it. @throws where there is not exactly one line */
  span(name: string, nth = 0): JaegerSpan {
    const [line, ...others] = this.#lines.filter(each => each.name === name);
    const span = line?.spans[nth];
    if (span === undefined || others.length > 0) throw new Error(`no or several lines named ${name}`);
    return span;
  }

  /**
   * The drawing with a line of `+` below each span that holds the clock, a `+` for each column in which it does.
   * @throws where a section does not begin and end on a column
   */
  withPath(path: readonly PathSection[]): string {
    const drawn = this.#lines.flatMap(({ text, spans }) => {
      const marks: string[] = [];
      for (const { start, end } of path.filter(({ node }) => spans.includes(node.span))) {
        for (let at = this.#column(start); at < this.#column(end); at++) marks[at] = '+';
      }
      return marks.length === 0 ? [text] : [text, Array.from(marks, mark => mark ?? ' ').join('')];
    });
    return drawn.join('\n');
  }

  /**
   * The drawing with its bars where the spans would be.
   * @throws where one does not begin and end on a column, or two would overlap on a line
   */
  moved(positions: ReadonlyMap<SpanNode, { start: number; end: number }>): string {
    const bySpan = new Map([...positions].map(([node, position]) => [node.span, position]));
    const drawn = this.#lines.map(({ text, bars, spans }) => {
      const cells = [...text];
      for (const { from, to } of bars) cells.fill(' ', from, to + 1);
      const free = [...cells];
      for (const span of spans) {
        const { start, end } = bySpan.get(span) ?? { start: 0, end: 0 };
        const [from, to] = [this.#column(start), this.#column(end)];
        for (let at = from; at <= to; at++) {
          const other = cells[at] ?? ' ';
          if (other !== ' ' && (at !== from || free[at] !== ' ')) throw new Error(`no room in ${text}`);
          cells[at] = at === from || at === to ? '|' : '-';
        }
      }
      return Array.from(cells, cell => cell ?? ' ')
        .join('')
        .trimEnd();
    });
    return drawn.join('\n');
  }

  #column(time: number): number {
    const column = this.#left + time / this.#columnUs;
    if (!Number.isInteger(column)) throw new Error(`${time} µs is not on a column`);
    return column;
  }
}

/** The lines of a drawing without the indentation that they share, as `withPath` and `moved` give it back. */
export function unindented(drawing: string): string[] {
  const lines = drawing.split('\n').map(line => line.trimEnd());
  const filled = lines.filter(line => line !== '');
  const shared = Math.min(...filled.map(line => line.search(/\S/)));
  return filled.map(line => line.slice(shared));
}

function readLine(text: string): Line {
  const parts = /^( *)(\S+) +([^|]*?) +(\|[-=| ]*\||\|)\s*(?:\{(.*)\})?\s*(?:#.*)?$/.exec(text);
  if (parts === null) throw new Error(`not a line of a timeline: ${text}`);
  const [, indent = '', service = '', name = '', , options = ''] = parts;
  const bars: Line['bars'] = [];
  const bar = /\|(?:[-=]*\|)?/gy;
  for (bar.lastIndex = text.indexOf('|'); bar.lastIndex < text.lastIndexOf('|') + 1; ) {
    const from = bar.lastIndex;
    const match = bar.exec(text);
    if (match === null) throw new Error(`not a bar at column ${from}: ${text}`);
    bars.push({ from, to: bar.lastIndex - 1 });
    if (/[-=]/.test(text[bar.lastIndex] ?? '')) bar.lastIndex--;
    while (text[bar.lastIndex] === ' ') bar.lastIndex++;
  }
  return { text, indent: indent.length, service, name, bars, options: readOptions(options), spans: [] };
}

function readOptions(text: string): Map<string, string> {
  const options = text.matchAll(/\s*([^:,]+?)\s*(?::\s*("[^"]*"|[^,]*?)\s*)?(?:,|$)/g);
  return new Map([...options].map(([, key = '', value = 'true']) => [key, value]));
}

const notTags = new Set(['id', 'parent', 'process', 'follows']);

function tags(options: ReadonlyMap<string, string>): JaegerTag[] {
  return [...options]
    .filter(([key]) => !notTags.has(key))
    .map(([key, value]) => tag(key === 'kind' ? 'span.kind' : key, value));
}

function tag(key: string, value: string): JaegerTag {
  if (value === 'true' || value === 'false') return { key, type: 'bool', value: value === 'true' };
  if (/^-?\d+$/.test(value)) return { key, type: 'int64', value: Number(value) };
  if (/^-?\d+\.\d+$/.test(value)) return { key, type: 'float64', value: Number(value) };
  return { key, type: 'string', value: value.replaceAll('"', '') };
}

function references(line: Line, parent: Line | undefined, column: number): JaegerReference[] {
  const drawn =
    parent?.spans[
      Math.max(
        0,
        parent.bars.findLastIndex(({ from }) => from <= column),
      )
    ];
  const spanID = line.options.get('parent') ?? drawn?.spanID;
  if (spanID === undefined) return [];
  return [{ refType: line.options.has('follows') ? 'FOLLOWS_FROM' : 'CHILD_OF', traceID: 't', spanID }];
}
