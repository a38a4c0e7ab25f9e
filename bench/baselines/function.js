// A function as the Functions Framework's own documentation writes it, one that takes bodies, and one for events.
const functions = require('@google-cloud/functions-framework');

functions.http('root', (req, res) => {
  if (req.method === 'POST') res.json(req.body);
  else res.type('text/plain').send('Hello World!');
});

functions.cloudEvent('event', event => event.type);
