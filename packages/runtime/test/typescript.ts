/** Functions in TypeScript that a compiler takes and Node's own type stripping does not. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startFunctionProcess } from '../../../test/helpers/process.ts';

interface Case {
  what: string;
  /** The package's files by their paths; package.json as far as it says more than its name. */
  files: Record<string, string>;
  /** The response to `GET /`, in which FOLDER is the package's folder. */
  response: string;
}

const commonJs = JSON.stringify({ type: 'commonjs', main: 'index.ts' });
const esModule = JSON.stringify({ type: 'module', main: 'src/index.ts' });
const greeter = `
  import { http } from '@google-cloud/functions-framework';
  http('hello', (_req, res) => void res.send(text()));`;

const cases: Case[] = [
  {
    what: 'import in a package of CommonJS',
    files: {
      'package.json': commonJs,
      'index.ts': `import { name } from './name';\nexport const hello = (_: unknown, res: any) => res.send(name);`,
      'name.ts': `export const name = 'imported' as const;`,
    },
    response: 'imported',
  },
  {
    what: 'enums, namespaces, parameter properties and decorators',
    files: {
      'tsconfig.json': JSON.stringify({ compilerOptions: { experimentalDecorators: true } }),
      'index.ts': `${greeter}
        enum Colour { Red = 'red' }
        namespace Names { export const one = 1 }
        const shout = (_: object, __: string, it: PropertyDescriptor) => {
          const { value } = it;
          it.value = function (this: object) { return value.call(this) + '!'; };
        };
        class Greeting { constructor(private readonly colour: Colour) {} @shout say() { return this.colour + Names.one; } }
        const text = () => new Greeting(Colour.Red).say();`,
    },
    response: 'red1!',
  },
  {
    what: 'decorators as the only syntax of TypeScript',
    files: {
      'tsconfig.json': JSON.stringify({ compilerOptions: { experimentalDecorators: true } }),
      'index.ts': `
        function keep(_: object, __: string) {}
        class Greeting { @keep say() { return 'decorated'; } }
        export const hello = (_: unknown, res: any) => res.send(new Greeting().say());`,
    },
    response: 'decorated',
  },
  {
    what: 'paths of tsconfig.json and imported JSON',
    files: {
      'package.json': JSON.stringify({ main: 'src/index.ts' }),
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '@lib/*': ['./src/lib/*'] } } }),
      'src/index.ts': `${greeter}
        import { Colour } from '@lib/colour';
        import data from './data.json';
        const text = () => Colour.Red + data.name;`,
      'src/lib/colour.ts': `export enum Colour { Red = 'red' }`,
      'src/data.json': JSON.stringify({ name: 'json' }),
    },
    response: 'redjson',
  },
  {
    what: '__dirname and __filename, of each source its own',
    files: {
      'package.json': commonJs,
      'index.ts': `${greeter}
        import { place } from './lib/place';
        const text = () => [__dirname, __filename, place].join();`,
      'lib/place.ts': `export const place = __dirname;`,
    },
    response: 'FOLDER,FOLDER/index.ts,FOLDER/lib',
  },
  {
    what: 'import.meta and top-level await in an ES module that declares __dirname itself',
    files: {
      'package.json': esModule,
      'src/index.ts': `#!/usr/bin/env node
        import { dirname } from 'node:path';
        import { fileURLToPath } from 'node:url';
        import { place } from './lib/place.js';
        const __dirname = dirname(fileURLToPath(import.meta.url));
        enum Colour { Red = 'red' }
        const colour = await Promise.resolve(Colour.Red);
        export const hello = (_: unknown, res: any) => res.send([__dirname, place, colour].join());`,
      'src/lib/place.ts': `export const place = import.meta.dirname;`,
    },
    response: 'FOLDER/src,FOLDER/src/lib,red',
  },
  {
    what: 'import = require and export =',
    files: {
      'index.ts': `import path = require('node:path');\nexport = { hello: (_: unknown, res: any) => res.send(path.basename('/a/b')) };`,
    },
    response: 'b',
  },
];

/** Writes a package into a new folder. */
function write(t: ExecutionContext, files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'function-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function start(t: ExecutionContext, folder: string) {
  const running = await startFunctionProcess('hello', { FUNCTION_SOURCE: folder });
  t.teardown(() => void running.child.kill('SIGKILL'));
  return running;
}

for (const { what, files, response } of cases) {
  test(`TypeScript with ${what} runs`, async t => {
    const folder = write(t, files);
    const { url } = await start(t, folder);
    t.is(await (await fetch(url)).text(), response.replaceAll('FOLDER', folder));
  });
}

test('a stack names the lines of the TypeScript', async t => {
  const folder = write(t, {
    'index.ts': `enum Colour { Red }\n\nexport const hello = () => {\n  throw new Error(String(Colour.Red));\n};\n`,
  });
  const { url, log } = await start(t, folder);
  t.is((await fetch(url)).status, 500);
  t.true(String(log.at(-1)?.['stack']).includes(`${folder}/index.ts:4:`));
});

test('TypeScript that does not compile ends the start with the file, the line and what is wrong', async t => {
  const { log, exit } = await start(t, write(t, { 'index.ts': `enum Colour {}\nlet x: number = ;\n` }));
  t.is((await exit).code, 1);
  t.regex(String(log.at(-1)?.['message']), /index\.ts:2:16: ERROR: Unexpected ";"/);
});
