// In the place of a bundle: runs the bundle beside it with the code that V8 has compiled of it before.
// Node's own compile cache would not do: it is taken when a file has just been compiled, and has none of the
// functions that are compiled when first called, in a bundle nearly all; and it is read only by the user who wrote it.
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

// Deprecations in packages are theirs to fix; Node reports none in node_modules either.
process.noDeprecation = true;

const filename = __filename.replace(/\.c?js$/, '.bundle$&');

function codeCache() {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}

// V8 refuses a cache of another version or other flags, and compiles. A bundle is ASCII but for comments.
const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: codeCache() });
script.runInThisContext().call(exports, exports, require, module, filename, __dirname);
