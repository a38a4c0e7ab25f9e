/**
 * Text from strangers, made fit for a terminal: nothing in it moves the cursor, changes colours or the direction of
 * writing, and its width in columns is known.
 */

// Controls, formats (the bidirectional ones too), unassigned and private code points, lone surrogates and line
// separators; the soft hyphen is a format that some terminals show and others don't.
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;
// A few marks on a letter are writing, a hundred are a way to paint over the lines above.
const markRun = /(\p{M}{2})\p{M}+/gu;
const zeroWidth = /^[\p{Mn}\p{Me}]$/u;
const wide =
  /^[\u1100-\u115f\u231a\u231b\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u;

/** Replaces what a terminal would act on by its escape, such as `\x1b`, and gathers blanks into one. */
export function printable(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(unprintable, escaped)
    .replaceAll(/\p{Zs}+/gu, ' ')
    .replaceAll(markRun, '$1');
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Columns that printable text takes: 2 for East Asian wide characters and emoji, 0 for marks. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

function columnsOfCharacter(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (zeroWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Cuts printable text to so many columns, an ellipsis last where something was cut. */
export function cut(text: string, columns: number): string {
  // A name may be megabytes long; what is far beyond the columns need not be measured.
  const near = text.slice(0, columns * 8 + 16);
  if (near.length === text.length && columnsOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of near) {
    width += columnsOfCharacter(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** Cuts or fills printable text to exactly so many columns. */
export function toWidth(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const short = cut(text, columns);
  const space = ' '.repeat(Math.max(0, columns - columnsOf(short)));
  return side === 'left' ? short + space : space + short;
}

/** Blanks, but for those between a number and its unit. */
const breaks = /(?<!\d) | (?!(?:µs|ms|s|min|h|d|%)(?!\w))/;

/** Printable text in lines of at most so many columns, broken at blanks; a word that is longer is broken anywhere. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  const end = () => {
    if (line !== '') lines.push(line);
    line = '';
    width = 0;
  };
  for (const word of text.split(breaks)) {
    const wordWidth = columnsOf(word);
    if (width > 0 && width + 1 + wordWidth > columns) end();
    if (width > 0) {
      line += ' ';
      width++;
    }
    for (const character of wordWidth > columns ? word : [word]) {
      const more = character === word ? wordWidth : columnsOfCharacter(character);
      if (width > 0 && width + more > columns) end();
      line += character;
      width += more;
    }
  }
  end();
  return lines;
}
