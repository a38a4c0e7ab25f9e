const framework = require('@google-cloud/functions-framework');
const express = require('express');
const { Client } = require('pg');

/** Says what it got. */
const echo = (req, res) =>
  res.json({
    method: req.method,
    url: req.originalUrl,
    query: req.query,
    body: Buffer.isBuffer(req.body) ? { base64: req.body.toString('base64') } : (req.body ?? null),
    rawBody: req.rawBody?.toString('base64') ?? null,
  });

framework.http('echo', echo);
framework.http('camelCase_Name', (_req, res) => res.send('camel'));

framework.http('web', (req, res) => {
  switch (req.path) {
    case '/cookie':
      return res.cookie('a', '1', { httpOnly: true }).cookie('b', '2').send('set');
    case '/redirect':
      return res.redirect(303, '/elsewhere');
    case '/cors':
      res.set('Access-Control-Allow-Origin', '*');
      return req.method === 'OPTIONS'
        ? res.set('Access-Control-Allow-Methods', 'POST').status(204).send('')
        : res.send('cors');
    case '/stream':
      res.type('text/event-stream');
      res.write('data: 1\n\n');
      return setTimeout(() => res.end('data: 2\n\n'), 50);
    default:
      return res.status(418).type('text/plain').send('teapot');
  }
});

framework.http('fails', (req, _res) => {
  const error = new Error('a secret');
  if (req.path === '/rejects') return Promise.reject(error);
  if (req.path === '/later')
    return setTimeout(() => {
      throw error;
    });
  throw error;
});

framework.http('calls', async (req, res) => {
  const answer = await fetch(req.query.url);
  res.status(answer.status).send(await answer.text());
});

framework.http('rows', async (req, res) => {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  const { rows } = await client.query('SELECT $1::text AS name', [req.get('x-name')]);
  await client.end();
  res.json(rows);
});

framework.cloudEvent('event', event => ({ type: event.type, data: event.data }));
framework.cloudEvent('eventByCallback', (event, done) => done(null, `${event.type} done`));
framework.cloudEvent('eventFails', () => {
  throw new Error('a secret');
});

const app = express();
app.use(express.json());
app.get('/items/:id', (req, res) => res.json({ id: req.params.id }));
app.use(
  '/mounted',
  express.Router().get('/:id', (req, res) => res.json({ id: req.params.id })),
);
app.post('/items', (req, res) => res.status(201).json(req.body));

exports.exported = echo;
exports.nested = { deep: echo };
exports.app = app;
exports.background = (data, context) => ({ data, eventId: context.eventId });
