/** Colours on a terminal, where they are asked for. What they say is said without them, too. */

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof codes;

export type Paint = (text: string, style: Style) => string;

/** Gives text an ANSI style, or leaves it as it is. */
export function painter(color: boolean | undefined): Paint {
  if (color !== true) return text => text;
  return (text, style) => (text.trim() === '' ? text : `\x1b[${codes[style]}m${text}\x1b[0m`);
}
