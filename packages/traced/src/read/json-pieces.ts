/** JSON documents that follow one another in a text. */
import { endOfString } from './json-size.ts';

export interface Piece {
  text: string;
  /** Where it begins, from 1. */
  line: number;
}

/** Each line that is not blank. */
export function linesOf(text: string): Piece[] {
  return text
    .split('\n')
    .map((line, i) => ({ text: line, line: i + 1 }))
    .filter(({ text }) => text.trim() !== '');
}

/**
 * The objects and lists that follow one another, with or without anything blank between them, over one line or
 * several; undefined where there is anything else between them, or the last does not end. Linear in the text.
 */
export function piecesOf(text: string): Piece[] | undefined {
  const pieces: Piece[] = [];
  let line = 1;
  let depth = 0;
  let start = { at: 0, line: 1 };
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '\n') line++;
    else if (character === '{' || character === '[') {
      if (depth++ === 0) start = { at: i, line };
    } else if (depth === 0) {
      if (character.trim() !== '') return undefined;
    } else if (character === '"') i = endOfString(text, i + 1);
    else if ((character === '}' || character === ']') && --depth === 0)
      pieces.push({ text: text.slice(start.at, i + 1), line: start.line });
  }
  return depth === 0 ? pieces : undefined;
}
