/** The exercise's flaws by name; `v1` says whether the `:v1` images carry it unless FAULTS says otherwise. */
export const faults = {
  'alpha-stall': { v1: true, meaning: 'the 100th piece of alpha’s work sleeps 10 s' },
  'alpha-broken': { v1: false, meaning: 'alpha’s heavy work throws, as in the original exercise' },
  'beta-uncached': {
    v1: true,
    meaning: 'a new connection and a new GET of the page for every request to beta',
  },
  'redis-one-by-one': { v1: true, meaning: '50 SETs sequentially, on a new connection' },
  'redis-lost-primary': {
    v1: true,
    meaning:
      'every request to redis first tries REDIS_LOST_URL, which accepts the connection and never responds',
  },
  'gateway-serial': { v1: true, meaning: '/all calls the four functions sequentially' },
} as const satisfies Record<string, { v1: boolean; meaning: string }>;

export type Fault = keyof typeof faults;

/** The names of the exercise's own faults: what the `:v1` images and `npm start -- --v1` carry. */
export const exerciseFaults = Object.entries(faults).flatMap(([name, { v1 }]) => (v1 ? [name] : []));

const isFault = (name: string): name is Fault => Object.hasOwn(faults, name);

/**
 * Reads a comma-separated list of fault names; the empty list is v2.
 * @throws Error that names the unknown fault and lists the known ones
 */
export function parseFaults(list: string): Set<Fault> {
  const names = list
    .split(',')
    .map(name => name.trim())
    .filter(Boolean);
  const unknown = names.filter(name => !isFault(name));
  if (unknown.length > 0) {
    throw new Error(
      `names an unknown fault, "${unknown.join('", "')}"; available: ${Object.keys(faults).join(', ')}`,
    );
  }
  return new Set(names.filter(isFault));
}
