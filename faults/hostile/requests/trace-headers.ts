/** What can be wrong with the headers that a trace goes on by: `traceparent`, `tracestate` and `baggage`. */

import type { Random } from '../random.ts';
import { anyValue, type Draft, withoutHeaders } from './draft.ts';

const long = (random: Random): number => 2 ** random.between(6, 13);

const traceparents: ((random: Random, marker: string) => string)[] = [
  () => '',
  random => anyValue(random),
  () => `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
  (_random, marker) => `00-${marker}-${'0'.repeat(16)}-01`,
  (_random, marker) => `ff-${marker}-${'1'.repeat(16)}-01`,
  (_random, marker) => `00-${marker.toUpperCase()}-${'1'.repeat(16)}-01`,
  (_random, marker) => `00-${marker}-${'1'.repeat(16)}-01-more`,
  (_random, marker) => `00-${marker}-${'1'.repeat(16)}`,
  (_random, marker) => `00-${marker}-${'1'.repeat(16)}-zz`,
  (_random, marker) => `00-${marker.slice(1)}-${'1'.repeat(17)}-01`,
  (random, marker) => `00-${marker}-${'1'.repeat(16)}-01${'-0'.repeat(long(random) / 2)}`,
  (random, marker) => `${'0'.repeat(long(random))}-${marker}-${'1'.repeat(16)}-01`,
  (random, marker) => `00-${random.hex(long(random))}-${marker}`,
  (random, marker) => `00-${marker}-${'1'.repeat(16)}-01, 00-${random.hex(32)}-${'2'.repeat(16)}-00`,
  (_random, marker) => `00_${marker}_${'1'.repeat(16)}_01`,
  (_random, marker) => `\xff0-${marker}-${'1'.repeat(16)}-01`,
];

const times = (count: number, piece: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => piece(at)).join(',');

const tracestates: ((random: Random, marker: string) => string)[] = [
  () => '',
  random => anyValue(random),
  random => times(random.between(33, 600), at => `k${at}=v`),
  random => `k=${'v'.repeat(long(random))}`,
  random => `${'k'.repeat(long(random))}=v`,
  (_random, marker) => `faults=${marker},faults=${marker}`,
  random => ','.repeat(long(random)),
  random => '='.repeat(long(random)),
  (_random, marker) => `tenant@${marker}=x, \t ,=y,z=`,
  random => times(random.between(1, 40), () => anyValue(random, 20)),
];

const baggages: ((random: Random, marker: string) => string)[] = [
  () => '',
  random => anyValue(random),
  random => times(random.between(65, 900), at => `k${at}=v`),
  random => `k=${'v'.repeat(long(random))}`,
  random => `k=${'%'.repeat(long(random))}`,
  random => times(random.between(1, 200), () => 'k=%E0%A4%A;p=%;%=q'),
  random => `k=v${';p'.repeat(long(random) / 2)}`,
  (_random, marker) => `__proto__=${marker},constructor=${marker},toString=${marker}`,
  random => ','.repeat(long(random)),
  random => ';='.repeat(long(random) / 2),
];

const all = { traceparent: traceparents, tracestate: tracestates, baggage: baggages };

/** Puts one to three of them in the place of what is there. @returns whether the trace's parent is still well-formed */
export function spoilTraceHeaders(draft: Draft, random: Random, marker: string): boolean {
  const names = Object.keys(all) as (keyof typeof all)[];
  const spoilt = new Set(Array.from({ length: random.between(1, 3) }, () => random.pick(names)));
  withoutHeaders(draft, [...spoilt]);
  for (const name of spoilt) {
    const value = random.pick(all[name])(random, marker);
    draft.headers.push([name, value]);
    if (random.chance(0.1)) draft.headers.push([name, random.pick(all[name])(random, marker)]);
  }
  return !spoilt.has('traceparent');
}
