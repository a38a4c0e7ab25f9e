/** Functions of several kinds, with packages of their own, as files in a folder. */
export const samples: Record<string, string> = {
  'node_modules/greeting/package.json': '{"name":"greeting","version":"1.0.0","main":"main.js"}',
  'node_modules/greeting/main.js': "module.exports = name => 'Hello ' + name + '!';",
  'node_modules/of-two-kinds/package.json':
    '{"name":"of-two-kinds","version":"1.0.0","main":"main.js","module":"module.js"}',
  'node_modules/of-two-kinds/main.js': 'module.exports = () => "as CommonJS";',
  'node_modules/of-two-kinds/module.js': 'export default () => "as an ES module";',
  'common/index.js': `
      const { http, cloudEvent } = require('@google-cloud/functions-framework');
      const greeting = require('greeting');
      const { appendFileSync } = require('node:fs');
      const called = what => process.env.CALLS && appendFileSync(process.env.CALLS, what + '\\n');
      http('hello', (req, res) => {
        called(req.method);
        if (req.path === '/fails') return res.status(503).send('away');
        res.send(req.method === 'POST' ? req.body : greeting(req.query.name ?? 'you'));
      });
      cloudEvent('event', event => { called(event.type); return { type: event.type, data: event.data }; });
      exports.exported = (req, res) => res.send(require('of-two-kinds')());
      exports.background = (data, context) => ({ data, id: context.eventId });
      called('loaded');`,
  'esm/package.json': '{"type":"module","main":"src/function.js"}',
  'esm/src/function.js': `
      import { readFileSync } from 'node:fs';
      import { dirname } from 'node:path';
      import { fileURLToPath } from 'node:url';
      import greeting from 'greeting';
      const __dirname = dirname(fileURLToPath(import.meta.url));
      const text = file => readFileSync(file, 'utf8').trim();
      export const hello = (req, res) => res.json({
        greeting: greeting('ESM'),
        url: text(new URL('../data/text.txt', import.meta.url)),
        own: text(__dirname + '/../data/text.txt'),
        dirname: text(import.meta.dirname + '/../data/text.txt'),
      });`,
  'esm/data/text.txt': 'beside it\n',
  'typed/package.json': '{"name":"typed","version":"1.0.0"}',
  'typed/tsconfig.json': '{"compilerOptions":{"paths":{"~/*":["./src/*"]}}}',
  'typed/src/index.ts': `
      import { http, type Request, type Response } from '@google-cloud/functions-framework';
      import { Color } from '~/color';
      http('typed', (req: Request, res: Response) => void res.send(Color[Color.Red] + ' ' + req.path));`,
  'typed/src/color.ts': 'export enum Color { Red, Green }',
  'throws/index.js': `
      if (!process.env.API_KEY) throw new Error('API_KEY is missing');
      exports.hello = (_req, res) => res.send('fine');`,
};
