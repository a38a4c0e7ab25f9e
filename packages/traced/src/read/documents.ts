/** JSON documents that follow one another in a text. */
import { endOfString } from './json-size.ts';
import { TraceFormatError } from './trace-format.ts';

export interface Document {
  /** Undefined where it could not be parsed. */
  value?: unknown;
  error?: TraceFormatError;
  /** Where it begins, from 1; undefined where the text has no other. */
  line?: number;
  /** Of its text. */
  length: number;
}

/**
 * The documents of a text: one, or several in a row, a line each or over several lines, with or without anything blank
 * between them. What cannot be parsed is an error in its place. Throws `TraceFormatError` where nothing can be.
 */
export function documentsOf(text: string): Document[] {
  const whole = parsed(text);
  if (!(whole instanceof Error)) return [{ value: whole, length: text.length }];
  const lines = linesOf(text).map(documentOf);
  if (lines.length > 1 && lines.every(isParsed)) return lines;
  const pieces = piecesOf(text).map(documentOf);
  // Of a file that was cut off or damaged, whichever way more of it can be parsed.
  const better = parsedLength(lines) >= parsedLength(pieces) ? lines : pieces;
  if (better.length > 1 && better.some(isParsed)) return better;
  throw new TraceFormatError(`The input is not JSON: ${whole.message}`);
}

const isParsed = ({ value }: Document): boolean => typeof value === 'object' && value !== null;

const parsedLength = (documents: readonly Document[]): number =>
  documents.reduce((sum, document) => sum + (isParsed(document) ? document.length : 0), 0);

interface Piece {
  text: string;
  line: number;
}

function documentOf({ text, line }: Piece): Document {
  const value = parsed(text);
  return value instanceof Error
    ? { error: new TraceFormatError(`not JSON: ${value.message}`), line, length: text.length }
    : { value, line, length: text.length };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error as SyntaxError;
  }
}

/** Blank, which a byte order mark is too, or commas. */
const isBetween = (text: string): boolean => /^[\s,]*$/.test(text);

/** Each line that is not blank. */
function linesOf(text: string): Piece[] {
  return text
    .split('\n')
    .map((line, i) => ({ text: line.trim(), line: i + 1 }))
    .filter(({ text }) => !isBetween(text));
}

/** The objects and lists that follow one another, and whatever else is between them. Linear in the text. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let line = 1;
  let depth = 0;
  let start = { at: 0, line: 1 };
  const end = (at: number) => {
    const piece = text.slice(start.at, at);
    if (!isBetween(piece)) pieces.push({ text: piece, line: start.line });
    start = { at, line };
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '\n') line++;
    else if (character === '{' || character === '[') {
      if (depth++ === 0) end(i);
    } else if (depth === 0) continue;
    else if (character === '"') i = endOfString(text, i + 1);
    else if ((character === '}' || character === ']') && --depth === 0) end(i + 1);
  }
  end(text.length);
  return pieces;
}
