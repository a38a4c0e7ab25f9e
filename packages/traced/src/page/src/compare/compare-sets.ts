/** The two sets of traces that a reader compares, kept for as long as the tab is open. */
export interface Sets {
  /** Trace ids: before, and after. */
  a: readonly string[];
  b: readonly string[];
}

const key = 'traced.compare';
/** More ids do not fit an address. */
const mostTraces = 200;

export function storedSets(): Sets {
  try {
    const { a, b } = JSON.parse(sessionStorage.getItem(key) ?? '{}') as { a?: unknown; b?: unknown };
    return { a: idsOf(a), b: idsOf(b) };
  } catch {
    return { a: [], b: [] };
  }
}

export function storeSets(sets: Sets): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(sets));
  } catch {
    // Kept for this view only.
  }
}

/** The sets as `/compare` has them in its address. */
export function compareSets({ a, b }: Sets): URLSearchParams {
  return new URLSearchParams({ a: a.slice(0, mostTraces).join(','), b: b.slice(0, mostTraces).join(',') });
}

export function setsOf(query: URLSearchParams): Sets {
  return { a: idsOf(query.get('a')?.split(',')), b: idsOf(query.get('b')?.split(',')) };
}

const idsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(id => typeof id === 'string' && /^[0-9a-f]{1,32}$/i.test(id)) : [];
