/** Measures variants in turns, so that whatever slows the machine slows them all alike. */

/** A value for each round, of each variant; those of one round belong together. */
export type Rounds<Name extends string> = Record<Name, number[]>;

/**
 * Each round begins with another variant, so that none is always measured after the same one.
 * @param warmUps rounds that are measured before, and forgotten
 */
export async function inTurns<Name extends string>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name) => Promise<number>,
  warmUps = 0,
): Promise<Rounds<Name>> {
  const values = Object.fromEntries(names.map(name => [name, [] as number[]])) as Rounds<Name>;
  for (let round = -warmUps; round < rounds; round++) {
    const first = (round + warmUps) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const value = await measure(name);
      if (round >= 0) values[name].push(value);
    }
  }
  return values;
}
