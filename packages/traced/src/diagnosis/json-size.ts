/** How much there is in a JSON text, before it is built: a text of a few kilobytes, gzipped, can take gigabytes then. */
import { TraceFormatError } from './trace-format.ts';

/** About 150,000 spans with many tags; what they become takes up to 100 bytes each. */
export const mostValues = 16e6;
/** Attributes may be nested 64 deep, each level of which is four deep in OTLP. */
export const deepest = 1_000;

const [quote, backslash, comma] = ['"', '\\', ','].map(character => character.charCodeAt(0));
const [openBrace, closeBrace, openBracket, closeBracket] = [...'{}[]'].map(each => each.charCodeAt(0));

/**
 * Looks at each character at most twice, and builds nothing. What is no JSON is not noticed.
 * Throws `TraceFormatError` where the text has too many values, or one that is nested too deep.
 */
export function checkJsonSize(text: string): void {
  let values = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) i = endOfString(text, i + 1);
    else if (code === comma) values++;
    else if (code === openBrace || code === openBracket) {
      values++;
      if (++depth > deepest) throw new TraceFormatError(`The input is nested deeper than ${deepest}.`);
    } else if (code === closeBrace || code === closeBracket) depth--;
    if (values > mostValues) throw new TraceFormatError(tooMany);
  }
}

const tooMany = `The input has more than ${mostValues / 1e6} million values: ask for fewer traces, or split it.`;

/** Where its closing quote is, or the text's end. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    if (code === backslash) i++;
  }
  return text.length;
}
