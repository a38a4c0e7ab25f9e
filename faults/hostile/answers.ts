/** Reads what an HTTP server sent on one connection, without trusting that it is what it should be. */
import type { Part } from './requests/volley.ts';

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: [name: string, value: string][];
  /** All of it, each byte a character. */
  text: string;
  body: string;
}

/** What came back, as far as it is answers, and what is left behind the last of them. */
export interface Answers {
  answers: Answer[];
  rest: string;
}

interface Body {
  body: string;
  end: number;
}

function chunkedBody(text: string, start: number): Body | undefined {
  let at = start;
  let body = '';
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 16));
    if (size === null) return undefined;
    const length = Number.parseInt(size[1] ?? '', 16);
    const data = at + size[0].length;
    if (text.slice(data + length, data + length + 2) !== '\r\n') return undefined;
    body += text.slice(data, data + length);
    at = data + length + 2;
    if (length === 0) return { body, end: at };
  }
}

function bodyOf(headers: Answer['headers'], text: string, start: number): Body | undefined {
  const value = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
  if (value('transfer-encoding') === 'chunked') return chunkedBody(text, start);
  const length = value('content-length');
  const end = length === undefined ? text.length : start + Number(length);
  return end <= text.length ? { body: text.slice(start, end), end } : undefined;
}

/** Whether the answer that begins a text is one to a HEAD that nobody announced. */
const looksBodiless = (text: string, start: number): boolean =>
  start === text.length || text.startsWith('HTTP/1.', start);

function readAnswer(text: string, part: Part | undefined): { answer: Answer; end: number } | undefined {
  const [head, status] = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(text) ?? [];
  if (head === undefined) return undefined;
  const lines = head.split('\r\n').slice(1, -2);
  const headers = lines.map((line): [string, string] => {
    const [, name = line, value = ''] = /^([^:]*):[ \t]*(.*)$/s.exec(line) ?? [];
    return [name.toLowerCase(), value];
  });
  const bodiless = part?.kept ? part.head === true : looksBodiless(text, head.length);
  const found = bodiless ? { body: '', end: head.length } : bodyOf(headers, text, head.length);
  if (found === undefined) return undefined;
  const answer = { status: Number(status), headers, text: text.slice(0, found.end), body: found.body };
  return { answer, end: found.end };
}

/** @param parts what was sent, in its order: an answer is read as one to the part in its place */
export function readAnswers(received: string, parts: readonly Part[]): Answers {
  const answers: Answer[] = [];
  let rest = received;
  while (rest !== '') {
    const read = readAnswer(rest, parts[answers.length]);
    if (read === undefined) break;
    // 100 says that the answer is still to come.
    if (read.answer.status >= 200) answers.push(read.answer);
    rest = rest.slice(read.end);
  }
  return { answers, rest };
}
