// Preloaded: writes the URLs of all modules that a process loads, as it ends, to the file that LOADED_FILE names.
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const urls = [];
registerHooks({
  load(url, context, next) {
    urls.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env.LOADED_FILE, urls.join('\n')));
