import { join } from 'node:path';
import test from 'ava';
import pkg from '../package.json' with { type: 'json' };
import lock from '../package-lock.json' with { type: 'json' };
import { licenseOf, manifestIn } from '../packages/runtime/src/build/licenses.ts';
import { top } from './helpers/rendered.ts';

interface Locked {
  version: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
}

/** But for the packages of this repository, and the links to them. */
const locked = Object.entries(lock.packages as unknown as Record<string, Locked>).filter(([path]) =>
  /node_modules\/(?!@traced-functions\/)/.test(path),
);
const nameOf = (path: string): string => path.split('node_modules/').at(-1) ?? path;

/** What may be passed on with the product. */
const forAll = [
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'CC0-1.0',
  'CC-BY-3.0',
  '(MIT OR CC0-1.0)',
];
/** What may be used besides while it is made. */
const forTools = ['BlueOak-1.0.0', 'MIT OR Apache-2.0', 'MPL-2.0', 'Python-2.0'];

test('every package is locked to one version and to the hash of its content', t => {
  t.true(locked.length > 300);
  for (const [path, { version, integrity }] of locked) {
    t.regex(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, path);
    t.regex(integrity ?? '', /^sha512-/, path);
  }
});

test('every package has a license that allows its use', t => {
  for (const [path, { version, license, dev = false }] of locked) {
    // The lock file has none of what is too old to say it in `license`.
    const manifest =
      license === undefined ? manifestIn(join(top, path)) : { name: nameOf(path), version, license };
    const id = licenseOf(manifest);
    t.true([...forAll, ...(dev ? forTools : [])].includes(id ?? ''), `${path} has the license ${id}`);
  }
});

test('no package runs a script as it is installed, but for the one that brings Node', t => {
  const scripted = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => nameOf(path));
  const allowed: Record<string, boolean> = pkg.allowScripts;
  for (const name of scripted) t.true(Object.hasOwn(allowed, name), name);
  t.deepEqual(
    Object.keys(allowed).filter(name => allowed[name]),
    ['node'],
  );
});
