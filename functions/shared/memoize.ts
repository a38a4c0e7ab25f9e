/**
 * Makes one load serve every caller: those who come while it runs wait for it, and those who come later get its value
 * for as long as `keptMs` says, counted from the load's begin. A value that may not be kept is only for the caller who
 * began the load: those who waited load their own then. A failure reaches all who waited, and is not kept. The load
 * belongs to no caller, so a caller that gives up does not end it for the others. Only the last key's value is kept.
 * @param keptMs for how many ms others may get a value; 0 or less: not at all
 */
export function memoize<T>(
  keptMs: (value: T) => number,
  load: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  let kept: { key: string; value: Promise<T>; expires: number } | undefined;
  return async key => {
    if (kept !== undefined && kept.key === key && performance.now() < kept.expires) {
      const value = await kept.value;
      return keptMs(value) > 0 ? value : load(key);
    }
    const began = performance.now();
    const entry = { key, value: load(key), expires: Number.POSITIVE_INFINITY };
    kept = entry;
    try {
      const value = await entry.value;
      entry.expires = began + keptMs(value);
      return value;
    } catch (error) {
      entry.expires = 0;
      throw error;
    }
  };
}
