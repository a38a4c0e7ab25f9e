import { useEffect, useState } from 'preact/hooks';

export type Loaded<Value> =
  | { state: 'loading' }
  | { state: 'failed'; message: string }
  | { state: 'ready'; value: Value };

/** Loads when the key changes, and drops what the key before it asked for. */
export function useLoaded<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value> & { key: string }>({ state: 'loading', key });
  // What is loaded is named by the key
  useEffect(() => {
    const controller = new AbortController();
    const set = (next: Loaded<Value>) => {
      if (!controller.signal.aborted) setLoaded({ ...next, key });
    };
    set({ state: 'loading' });
    load(controller.signal).then(
      value => set({ state: 'ready', value }),
      error => set({ state: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
    return () => controller.abort();
  }, [key]);
  return loaded.key === key ? loaded : { state: 'loading' };
}
