/**
 * Makes one load serve every caller: who asks while it runs waits for it, who asks within `ttlMs` after it gets its
 * value, and a failure is not kept. The load belongs to no caller, so none that goes away ends it for the others.
 * Only the last key's value is kept.
 */
export function shared<T>(ttlMs: number, load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  let kept: { key: string; value: Promise<T>; expires: number } | undefined;
  return key => {
    if (kept !== undefined && kept.key === key && performance.now() < kept.expires) return kept.value;
    const entry = { key, value: load(key), expires: Number.POSITIVE_INFINITY };
    kept = entry;
    entry.value.then(
      () => {
        entry.expires = performance.now() + ttlMs;
      },
      () => {
        entry.expires = 0;
      },
    );
    return entry.value;
  };
}
