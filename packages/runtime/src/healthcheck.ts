/** What an image's health check runs: exit status 0 if the function in the same container answers, else 1. */
import http from 'node:http';

const port = process.env['PORT']?.trim() || '8080';
const request = http.get({ host: '127.0.0.1', port, path: '/healthz', timeout: 2_000 }, answer => {
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
