// Preloaded: tells the parent of each bundle whether V8 took its code from the cache.
const vm = require('node:vm');

vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options);
    process.send?.({ type: 'code', cached: options.cachedData !== undefined && !this.cachedDataRejected });
  }
};
