const http = require('node:http');
const https = require('node:https');
const express = require('express');
const functions = require('@google-cloud/functions-framework');
const { metrics } = require('@opentelemetry/api');

const orders = metrics.getMeter('shop').createCounter('orders', { unit: '{order}' });

const get = (to, options = {}) =>
  new Promise(resolve => {
    const { get } = to.startsWith('https:') ? https : http;
    const req = get(to, options, res => {
      res.on('error', () => resolve('cut off'));
      res.resume().on('end', () => resolve(res.statusCode));
    });
    req.on('error', error => resolve(error.code));
  });

const fetched = to =>
  fetch(to).then(
    async response => {
      await response.text();
      return response.status;
    },
    error => error.cause.code,
  );

/** Makes the requests that its query asks for, sequentially, and responds with what came of them. */
functions.http('measured', async (req, res) => {
  const { to = [], by = 'http', host, fail, hang } = req.query;
  if (fail !== undefined) throw new Error('as asked');
  if (hang !== undefined) return void res.write('some');
  orders.add(1, { kind: 'test' });
  const results = [];
  for (const each of [to].flat()) {
    const options = host === undefined ? {} : { headers: { host } };
    results.push(await (by === 'fetch' ? fetched(each) : get(each, options)));
  }
  res.json(results);
});

functions.cloudEvent('event', () => 'done');

const app = express();
app.get('/items/:id', (req, res) => res.send(req.params.id));
exports.app = app;
