import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import pkg from '../package.json' with { type: 'json' };
import lock from '../package-lock.json' with { type: 'json' };
import type { Bom, Component } from '../scripts/sbom/cyclonedx.ts';
import { top } from './helpers/rendered.ts';

const folder = mkdtempSync(join(tmpdir(), 'traced-functions-sbom-test-'));
test.after.always(() => rmSync(folder, { recursive: true }));

const script = join(top, 'scripts/sbom.ts');
const file = join(folder, 'sbom.json');
execFileSync(process.execPath, [script, file], { stdio: 'pipe', cwd: folder });
const text = readFileSync(file, 'utf8');
const bom: Bom = JSON.parse(text);

const places = ({ properties = [] }: Component): string[] => properties.map(({ value }) => value);
const idsIn = (place: string): string[] =>
  bom.components.filter(each => places(each).includes(place)).map(({ name }) => name);

test('the bill of materials keeps to CycloneDX’s schema', t => {
  const schemas = join(
    dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')),
    'res/schema',
  );
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8'));
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  const validate = ajv.compile(schema('bom-1.5'));
  t.true(validate(bom), JSON.stringify(validate.errors, null, 1));
  t.false(validate({ ...bom, components: [{ type: 'library' }] }), 'the schema wants a name');
  const refs = new Set([bom.metadata.component, ...bom.components].map(each => each['bom-ref']));
  t.is(refs.size, bom.components.length + 1);
  for (const { ref, dependsOn } of bom.dependencies) {
    for (const each of [ref, ...dependsOn]) t.true(refs.has(each), each);
  }
});

test('it names each package with its version, hash and license, as installed', t => {
  t.like(bom.metadata.component, { name: pkg.name, version: pkg.version });
  const locked = new Map(
    Object.entries(lock.packages).map(([path, locked]) => [
      `${path.split('node_modules/').at(-1)}@${'version' in locked ? locked.version : ''}`,
      path,
    ]),
  );
  for (const component of bom.components.filter(({ type }) => type === 'library')) {
    t.true(locked.has(`${component.name}@${component.version}`), component['bom-ref']);
    t.is(component.hashes?.length, 1, component['bom-ref']);
    t.is(component.licenses?.length, 1, component['bom-ref']);
  }
});

test('it has what npm start needs and what is shipped, and none of the tools', t => {
  const names = new Set(bom.components.map(({ name }) => name));
  for (const name of Object.keys(pkg.dependencies).filter(name => !name.startsWith('@traced-functions/')))
    t.true(names.has(name), name);
  for (const name of ['ava', 'typescript', 'playwright-core']) t.false(names.has(name), name);
  t.deepEqual(idsIn('command traced').sort(), [
    '@dagrejs/dagre',
    '@tanstack/virtual-core',
    'commander',
    'long',
    'preact',
    'protobufjs',
    'uplot',
  ]);
  t.true(idsIn('image redis').includes('ioredis'));
  t.false(idsIn('image alpha').includes('ioredis'));
  for (const name of ['express', '@opentelemetry/exporter-jaeger', 'node'])
    t.true(idsIn('image alpha').includes(name), name);
  t.is(bom.components.find(({ type }) => type === 'platform')?.version, pkg.devDependencies.node);
});

test('it tells nothing of the machine that made it', t => {
  for (const word of [top, folder, 'node_modules', 'registry', 'resolved', 'author'])
    t.false(text.includes(word), word);
  t.notRegex(text, /"\//, 'a path');
  t.deepEqual([...text.matchAll(/https?:\/\/[^"]*/g)].map(String), [
    'http://cyclonedx.org/schema/bom-1.5.schema.json',
  ]);
});

test('without a file to write to it says how it is used', t => {
  for (const args of [[], ['a', 'b'], ['--nonsense']]) {
    const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
    t.is(status, 2);
    t.regex(stderr, /^sbom: .*\n\nusage: npm run sbom -- FILE/);
  }
});
