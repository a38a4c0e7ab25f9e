/** The part of body-parser that Express hands out as its own, loaded when a function makes its first parser. */
import { createRequire } from 'node:module';

type Maker = (options?: object) => unknown;

const require = createRequire(import.meta.url);
const late =
  (name: 'json' | 'raw' | 'text' | 'urlencoded'): Maker =>
  options =>
    (require('body-parser') as Record<typeof name, Maker>)[name](options);

export const json = late('json');
export const raw = late('raw');
export const text = late('text');
export const urlencoded = late('urlencoded');
