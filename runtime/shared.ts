/**
 * Makes one load serve every caller: who asks while it runs waits for it, who asks within `ttlMs` after it gets its
 * value, and a failure is not kept. The load belongs to no caller, so none that goes away ends it for the others.
 */
export function shared<T>(ttlMs: number, load: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  let expires = 0;
  return () => {
    if (value !== undefined && performance.now() < expires) return value;
    expires = Number.POSITIVE_INFINITY;
    const loading = load();
    value = loading;
    loading.then(
      () => {
        expires = performance.now() + ttlMs;
      },
      () => {
        if (value === loading) value = undefined;
      },
    );
    return loading;
  };
}
