/** `traced init`: a new function's folder. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { filesOf, type NewFunction, newerNodeFor } from '../../init/files.ts';
import { InputError } from '../input-error.ts';
import { print, say } from '../terminal.ts';

interface InitOptions {
  kind: NewFunction['kind'];
  language: NewFunction['language'];
  packages: string;
  install: boolean;
}

/** A label of DNS (RFC 1035), as Knative has it for the name of a Service. */
const label = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export async function run(name: string, options: InitOptions): Promise<void> {
  if (!label.test(name)) {
    throw new InputError(
      `"${name}" must be 1 to 63 lower-case letters, digits and hyphens, with a letter first and no hyphen last`,
    );
  }
  const folder = resolve(name);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new InputError(`${name} exists and is not empty`);
  const tarballs = findTarballs(options.packages);
  const packages = copyTarballs(tarballs, folder);
  const files = filesOf({ name, kind: options.kind, language: options.language, packages });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const path of Object.keys(files)) print(`${name}/${path}\n`);
  if (options.install) install(folder);
  say(`next: cd ${name} && ${options.install ? '' : 'npm install && '}npm test && npm run dev`);
  const newer = newerNodeFor(options.language, process.versions.node);
  if (newer !== undefined) say(`that needs Node ${newer} or newer; this is ${process.version}`);
}

type Tarballs = NewFunction['packages'];

/** @throws InputError where one of the two is not there */
function findTarballs(folder: string): Tarballs {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const find = (name: string) => {
    const file = names.findLast(
      each => each.startsWith(`traced-functions-${name}-`) && each.endsWith('.tgz'),
    );
    if (file !== undefined) return join(folder, file);
    throw new InputError(
      `no traced-functions-${name}-*.tgz in ${resolve(folder)}; the packages are not published: make them by ` +
        '"npm pack ./packages/runtime ./packages/traced" in a clone of the repository, and name their folder by --packages',
    );
  };
  return { runtime: find('runtime'), traced: find('traced') };
}

/** So that the function's folder needs no other, in an image's build either. */
function copyTarballs({ runtime, traced }: Tarballs, folder: string): Tarballs {
  mkdirSync(join(folder, 'vendor'), { recursive: true });
  const copy = (file: string) => {
    const copied = join('vendor', file.split('/').at(-1) ?? '');
    copyFileSync(file, join(folder, copied));
    return `file:${copied}`;
  };
  return { runtime: copy(runtime), traced: copy(traced) };
}

/** @throws InputError where it fails; npm has said why */
function install(folder: string): void {
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status === 0) return;
  throw new InputError(`npm install in ${folder} failed: ${error?.message ?? `exit status ${status}`}`);
}
