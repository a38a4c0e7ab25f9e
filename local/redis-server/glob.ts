/**
 * Whether a key matches a pattern as KEYS and SCAN MATCH read it: `*`, `?`, `[a-c]`, `[^x]` and `\` before a
 * character taken as it is. Only the last `*` is tried again, so the time is bounded by the product of the lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let position = 0;
  let star: { at: number; position: number } | undefined;
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = { at: at + 1, position };
      at += 1;
      continue;
    }
    const next = at < pattern.length ? matchOne(pattern, at, text.charCodeAt(position)) : undefined;
    if (next !== undefined) {
      at = next;
      position += 1;
    } else if (star !== undefined) {
      star.position += 1;
      ({ at, position } = star);
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** Where the pattern goes on after one character was matched, or undefined if it doesn't match. */
function matchOne(pattern: string, at: number, code: number): number | undefined {
  const kind = pattern[at];
  if (kind === '?') return at + 1;
  if (kind === '[') return matchClass(pattern, at + 1, code);
  const literal = kind === '\\' && at + 1 < pattern.length ? at + 1 : at;
  return pattern.charCodeAt(literal) === code ? literal + 1 : undefined;
}

function matchClass(pattern: string, start: number, code: number): number | undefined {
  const negated = pattern[start] === '^';
  let at = negated ? start + 1 : start;
  let found = false;
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      found ||= pattern.charCodeAt(at + 1) === code;
      at += 2;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const ends = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      found ||= code >= Math.min(...ends) && code <= Math.max(...ends);
      at += 3;
    } else {
      found ||= pattern.charCodeAt(at) === code;
      at += 1;
    }
  }
  // A class that is never closed ends with the pattern, as in Redis.
  return found === negated ? undefined : Math.min(at + 1, pattern.length);
}
