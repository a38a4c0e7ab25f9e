/**
 * Shares one load among callers. Callers wait for a load that is running, and later ones get its value until `keptMs` ms
 * after the load started. A value that may not be kept goes only to the caller that started the load: those that waited
 * then load their own. A failure is passed to every caller that waited, and is not kept. A caller that gives up does not
 * end the load for the others. Only the last key's value is kept.
 * @param keptMs how long a value may be shared, in ms; 0 or less: not at all
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
