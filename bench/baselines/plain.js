// The floor: what Node's own server does, without a framework and untraced.
const http = require('node:http');

http
  .createServer((_req, res) => {
    res.setHeader('content-type', 'text/plain; charset=utf-8');
    res.end('Hello World!');
  })
  .listen(Number(process.env.PORT));

// As a container's first process it would otherwise not end before it is killed.
process.on('SIGTERM', () => process.exit());
