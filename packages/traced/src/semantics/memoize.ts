/** What a function of a text gave, for texts that come again and again: of many spans, few have names of their own. */
const most = 1_000;

/** The same function, called once for each of the last texts. */
export function memoize<Result>(of: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return text => {
    let result = known.get(text);
    if (result === undefined) {
      result = of(text);
      if (known.size >= most) known.clear();
      known.set(text, result);
    }
    return result;
  };
}

/** Whether a text matches. */
export const memoizedTest = (pattern: RegExp): ((text: string) => boolean) =>
  memoize(text => pattern.test(text));
