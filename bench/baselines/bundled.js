// B as one file: what the framework's command does, with the function's module named for a bundler to find it.
require('./function.js');
const { getTestServer } = require('@google-cloud/functions-framework/testing');

const { FUNCTION_TARGET, PORT, HOST } = process.env;
const server = getTestServer(FUNCTION_TARGET).listen(Number(PORT), HOST, () =>
  process.send?.({ type: 'listening', port: server.address().port }),
);
process.on('SIGTERM', () => process.exit());
