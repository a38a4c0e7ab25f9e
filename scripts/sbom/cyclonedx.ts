import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pkg from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { CommandError, output } from '../../packages/runtime/src/build/image/command.ts';
import { licenseOf, manifestIn } from '../../packages/runtime/src/build/licenses.ts';
import { functionNames } from '../function-names.ts';
import { type Contents, root } from './contents.ts';

interface Property {
  name: string;
  value: string;
}

type Licenses = ({ license: { id: string } } | { expression: string })[];

/** A CycloneDX component: of it, what is used here. */
export interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  purl: string;
  scope?: string;
  licenses?: Licenses;
  properties?: Property[];
  hashes?: unknown[];
}

export interface Bom {
  serialNumber: string;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
  [more: string]: unknown;
}

const placeProperty = (value: string): Property => ({ name: 'traced-functions:in', value });

/** npm's own bill of all that the lock file has, tools for development too. */
async function npmBom(): Promise<Bom> {
  const options = ['--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const text = await output('npm', ['sbom', '--prefix', root, ...options]);
  if (text === undefined) throw new CommandError('npm sbom failed: does it say why when it is run by hand?');
  return JSON.parse(text);
}

/** Packages too old for `license` have it elsewhere, where npm does not look. */
function oldLicense(id: string): Licenses {
  const folder = Object.entries(lock.packages).find(
    ([path, locked]) =>
      path.endsWith(`node_modules/${id.replace(/@[^@]*$/, '')}`) &&
      'version' in locked &&
      id.endsWith(`@${locked.version}`),
  )?.[0];
  const license = folder === undefined ? undefined : licenseOf(manifestIn(join(root, folder)));
  return license === undefined ? [] : [{ license: { id: license } }];
}

/** Without what authors say of themselves: descriptions, names, addresses. */
function ours(component: Component, places: string[]): Component {
  const { type, name, version, purl, hashes, licenses } = component;
  const id = component['bom-ref'];
  return {
    'bom-ref': id,
    type,
    name,
    version,
    // "optional" is what a clone has installed and nothing that is shipped has in it.
    scope: places.length > 0 ? 'required' : 'optional',
    ...(hashes === undefined ? {} : { hashes }),
    licenses: licenses ?? oldLicense(id),
    purl,
    properties: places.map(placeProperty),
  };
}

/** Of the base image, an image holds Node and the libraries that Node names; the Dockerfile says which one it is. */
function nodeComponents(): Component[] {
  const dockerfile = readFileSync(join(root, 'packages/runtime/Dockerfile'), 'utf8');
  const [, name = '', tag = ''] = /^FROM (\S+\/node):(\S+) AS build$/m.exec(dockerfile) ?? [];
  const [version = ''] = tag.split('-');
  const properties = functionNames().map(each => placeProperty(`image ${each}`));
  const purl = `pkg:docker/node@${tag}`;
  return [
    {
      'bom-ref': `node@${version}`,
      type: 'platform',
      name: 'node',
      version,
      scope: 'required',
      licenses: [{ license: { id: 'MIT' } }],
      purl: `pkg:generic/node@${version}`,
      properties,
    },
    { 'bom-ref': purl, type: 'container', name, version: tag, scope: 'required', purl, properties },
  ];
}

/** The same for the same commit: no time of day, no random number. */
async function reproducible(bom: Bom): Promise<Bom> {
  const timestamp =
    (await output('git', ['-C', root, 'show', '-s', '--format=%cI', 'HEAD'])) ?? bom.metadata.timestamp;
  const metadata = { ...bom.metadata, timestamp };
  const hash = createHash('sha256')
    .update(JSON.stringify({ ...bom, metadata, serialNumber: '' }))
    .digest('hex');
  // A UUID of version 8: made of whatever its maker likes.
  const uuid = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ];
  return { ...bom, metadata, serialNumber: `urn:uuid:${uuid.join('-')}` };
}

/**
 * What is shipped and what `npm start` needs, as a CycloneDX document.
 * @throws CommandError where npm cannot make it
 */
export async function bom(contents: Contents): Promise<Bom> {
  const all = await npmBom();
  const isDevelopment = ({ properties = [] }: Component) =>
    properties.some(({ name }) => name === 'cdx:npm:package:development');
  // The workspaces are this project itself.
  const isOwn = (id: string) => id.startsWith('@traced-functions/');
  const components = all.components
    .filter(component => !isOwn(component['bom-ref']))
    .filter(component => contents.has(component['bom-ref']) || !isDevelopment(component))
    .map(component => ours(component, contents.get(component['bom-ref']) ?? []));
  const ofOwn = (id: string): string[] =>
    id !== all.metadata.component['bom-ref'] && isOwn(id)
      ? (all.dependencies.find(({ ref }) => ref === id)?.dependsOn ?? [])
      : [id];
  const self = { ...ours(all.metadata.component, []), name: pkg.name, scope: 'required', properties: [] };
  const kept = new Set([self, ...components].map(component => component['bom-ref']));
  const dependencies = all.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: new Set(ref === self['bom-ref'] ? dependsOn.flatMap(ofOwn) : dependsOn),
    }))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: [...dependsOn].filter(each => kept.has(each)) }));
  return reproducible({
    ...all,
    metadata: { ...all.metadata, component: self },
    components: [...components, ...nodeComponents()],
    dependencies,
  });
}
