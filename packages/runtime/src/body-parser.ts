/** body-parser as Express has it, each parser loaded when the first one of its kind is made. */
import { createRequire } from 'node:module';

type Maker = (options?: object) => unknown;

const require = createRequire(import.meta.url);

// Not by the package's name: require-in-the-middle keeps what Express got for it under the real file's name, so that this
// module would get itself.
const late =
  (name: string): Maker =>
  options =>
    (require(`body-parser/lib/types/${name}.js`) as Maker)(options);

/** What the package says of its own function, which it keeps for a better error. */
function bodyParser(): never {
  throw new Error('bodyParser() does not exist any more; use json(), raw(), text() or urlencoded()');
}

const parsers = Object.assign(bodyParser, {
  json: late('json'),
  raw: late('raw'),
  text: late('text'),
  urlencoded: late('urlencoded'),
});

export { parsers as 'module.exports' };
