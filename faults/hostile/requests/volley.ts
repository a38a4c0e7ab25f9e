/** What one connection sends, and what comes of it. */

import type { Markers, Random } from '../random.ts';
import { mutate } from './mutate.ts';

/** One mutated request. */
export interface Part {
  bytes: Buffer;
  marker: string;
  /** What was done to it, in a few words. */
  how: string;
  /** Where one request ends and the next begins is as clear as ever: it has one answer, in its turn. */
  kept: boolean;
  /** It asks for the head only, so its answer has no body. */
  head?: boolean;
  /** It is of a trace that has its mark for an id, and the answer must say so. */
  traced?: boolean;
  /** Time may run out for it. */
  hurried?: boolean;
  /** The most answers that may come to it; one unless told. */
  most?: number;
  /** How many spans are stored if it is taken. */
  spans?: () => number;
}

export interface Volley {
  /** Of which only the last may be one that is not kept. */
  parts: Part[];
  /** Where the bytes are cut in pieces that are written one after the other. */
  cuts: number[];
}

/** One kind of request: what is well-formed, and what is made of it. */
export interface Dialect {
  /** A well-formed request. */
  wellFormed(random: Random, marker: string): Buffer;
  /** One that is odd or wrong in what it says, but clear in where it ends. */
  kept(random: Random, marker: string): Part;
  /** One that is wrong in a way of its own, so that nothing can follow it. */
  broken(random: Random, marker: string): Part;
  /** The shares of `broken` and of damaged bytes among the last parts; what is left of 1 is kept as the others. */
  shares: { broken: number; damaged: number };
  /** The most kept parts before the last one. */
  mostBefore: number;
}

function damaged(dialect: Dialect, random: Random, marker: string): Part {
  const other = dialect.wellFormed(random, marker);
  const { bytes, how } = mutate(dialect.wellFormed(random, marker), random, other);
  return { bytes, how, marker, kept: false, most: mostHttpAnswers(bytes) };
}

function last(dialect: Dialect, random: Random, marker: string): Part {
  const { broken, damaged: damage } = dialect.shares;
  const roll = random.below(1_000) / 1_000;
  if (roll < broken) return dialect.broken(random, marker);
  return roll < broken + damage ? damaged(dialect, random, marker) : dialect.kept(random, marker);
}

function cutsOf(length: number, random: Random): number[] {
  if (!random.chance(0.2)) return [];
  const cuts = Array.from({ length: random.between(1, 3) }, () => random.below(length + 1));
  return cuts.sort((a, b) => a - b);
}

/** Some kept parts and a last one, whatever it is. */
export function makeVolley(dialect: Dialect, random: Random, markers: Markers): Volley {
  const parts: Part[] = [];
  for (let left = random.between(0, dialect.mostBefore); left > 0; left--) {
    const part = dialect.kept(random, markers.issue(random));
    parts.push(part);
    if (!part.kept) break;
  }
  if (parts.every(({ kept }) => kept)) parts.push(last(dialect, random, markers.issue(random)));
  return {
    parts,
    cuts: cutsOf(
      parts.reduce((sum, { bytes }) => sum + bytes.length, 0),
      random,
    ),
  };
}

/** One for each line that could end the first line of a request, and one for what is behind the last. */
export const mostHttpAnswers = (bytes: Buffer): number =>
  1 + (bytes.toString('latin1').match(/HTTP\/\d\.\d\r?\n/g)?.length ?? 0);
