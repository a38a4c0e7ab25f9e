const functions = require('@google-cloud/functions-framework');

/** Responds with what it got, so that the framework's own command and this runtime can be compared. */
functions.http('echo', (req, res) => {
  const { body, rawBody } = req;
  const kind = Buffer.isBuffer(body) ? 'Buffer' : typeof body;
  res.set('x-query', JSON.stringify(req.query)).json({
    method: req.method,
    path: req.path,
    kind,
    body: Buffer.isBuffer(body) ? body.toString('base64') : body,
    rawBody: rawBody?.toString('base64'),
  });
});
