// The same handler as functions/root, as the Functions Framework's own documentation writes it.
const functions = require('@google-cloud/functions-framework');

functions.http('root', (_req, res) => {
  res.type('text/plain').send('Hello World!');
});
