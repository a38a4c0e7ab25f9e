// The packed runtime: runs the file beside it with the code that V8 has compiled of it in an earlier run, where Node keeps
// its own compile cache. Node's has no function that is compiled when it is first called; this one is taken at the end of
// a run. In a folder that cannot be written to there is none.
const { readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { enableCompileCache, getCompileCacheDir } = require('node:module');
const { join } = require('node:path');
const { constants, Script } = require('node:vm');

enableCompileCache?.();

const filename = join(__dirname, 'runtime.bundle.cjs');
const { mtimeMs, size } = statSync(filename);
const folder = getCompileCacheDir?.();
const cacheFile = folder && join(folder, `traced-functions-${size}-${mtimeMs}.cache`);

function codeCache() {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

const cachedData = cacheFile && codeCache();
const script = new Script(readFileSync(filename, 'latin1'), {
  filename,
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});

/** After a run that has compiled more than what is kept: the first one, and one of another kind of function. */
function keepCode(exitStatus) {
  if (exitStatus !== 0) return;
  const data = script.createCachedData();
  const kept = script.cachedDataRejected ? 0 : (cachedData?.length ?? 0);
  if (data.length < kept * 1.1) return;
  const part = `${cacheFile}.${process.pid}`;
  try {
    writeFileSync(part, data, { mode: 0o600 });
    renameSync(part, cacheFile);
  } catch {
    // The next start compiles again.
  }
}

if (cacheFile) process.once('exit', keepCode);
script.runInThisContext().call(exports, exports, require, module, filename, __dirname);
