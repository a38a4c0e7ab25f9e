/** How much there is in a JSON text, before it is built: a text of a few kilobytes, gzipped, can take gigabytes then. */
import { TraceFormatError } from './trace-format.ts';

/** About 150,000 spans with many tags; what they become takes up to 100 bytes each. */
export const mostValues = 16e6;
/** What is read of it is never walked into as deep; this is for what parsing takes. */
export const deepest = 500_000;
/** Of one object; V8 takes minutes for one with ten million. */
export const mostMembers = 200_000;

const [quote, backslash, comma] = ['"', '\\', ','].map(character => character.charCodeAt(0));
const [openBrace, closeBrace, openBracket, closeBracket] = [...'{}[]'].map(each => each.charCodeAt(0));

/**
 * Looks at each character at most twice, and builds nothing. What is no JSON is not noticed.
 * Throws `TraceFormatError` where the text has too many values, nests them too deep, or has too many in
 * one object.
 */
export function checkJsonSize(text: string): void {
  let values = 0;
  let depth = 0;
  // Of each object that is open; NaN for lists, which may be as long as the values allow.
  const members = new Float64Array(deepest + 1).fill(Number.NaN);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) i = endOfString(text, i + 1);
    else if (code === comma) {
      values++;
      members[depth] = (members[depth] ?? 0) + 1;
      if ((members[depth] ?? 0) > mostMembers)
        throw new TraceFormatError(`The input has an object with more than ${mostMembers} members.`);
    } else if (code === openBrace || code === openBracket) {
      values++;
      if (++depth > deepest) throw new TraceFormatError(`The input is nested deeper than ${deepest}.`);
      members[depth] = code === openBrace ? 0 : Number.NaN;
    } else if (code === closeBrace || code === closeBracket) depth--;
    if (values > mostValues) throw new TraceFormatError(tooMany);
  }
}

const tooMany = `The input has more than ${mostValues / 1e6} million values: ask for fewer traces, or split it.`;

/** Where a string's closing quote is, from behind the opening one on; the text's end where there is none. */
export function endOfString(text: string, from: number): number {
  for (let i = text.indexOf('"', from); i !== -1; i = text.indexOf('"', i + 1)) {
    let before = i;
    while (before > from && text.charCodeAt(before - 1) === backslash) before--;
    // An odd number of backslashes escapes the quote; each is looked at once, for the quote that follows it.
    if ((i - before) % 2 === 0) return i;
  }
  return text.length;
}
