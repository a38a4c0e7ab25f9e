// Preloaded while a code cache is made: at the exit, writes what V8 has compiled of each bundle by then.
const { writeFileSync } = require('node:fs');
const vm = require('node:vm');

const scripts = new Map();

/** Loads the function's module, or not even that, and puts a function of the build's own in the function's place. */
async function standIn(load) {
  try {
    if (process.env.WARM_UP !== 'runtime') await load();
  } catch (error) {
    process.send({ type: 'not loaded', reason: error instanceof Error ? error.message : String(error) });
  }
  const http = (req, res) =>
    req.method === 'GET' ? res.type('text/plain').send('fine') : res.json(req.body);
  return { 'warm-up': process.env.FUNCTION_SIGNATURE_TYPE === 'http' ? http : async () => undefined };
}

vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options);
    scripts.set(options.filename, this);
  }

  runInThisContext(options) {
    const bundle = super.runInThisContext(options);
    if (process.env.WARM_UP === undefined) return bundle;
    return function (...args) {
      return bundle.call(this, ...args, standIn);
    };
  }
};

process.on('exit', () => {
  for (const [filename, script] of scripts) writeFileSync(`${filename}.cache`, script.createCachedData());
});
