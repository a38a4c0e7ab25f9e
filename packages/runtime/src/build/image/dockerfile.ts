import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../places.ts';

export interface DockerfileOptions {
  /** Variables that the function has unless told. */
  env?: Record<string, string>;
  /** Another Dockerfile to begin with than the package's own. */
  template?: string | undefined;
}

/** As ENV takes it, with nothing in it expanded. */
const quoted = (value: string): string => `"${value.replaceAll(/["\\$]/g, '\\$&')}"`;

/**
 * Writes a bundle's Dockerfile beside it. Variables stand in it as they are, and not as arguments: Buildah 1.28 looks up
 * `ENV A=$A` in its cache by that text, whatever the value.
 */
export function writeDockerfile(folder: string, { env = {}, template }: DockerfileOptions): void {
  const lines = Object.entries(env).map(([name, value]) => `ENV ${name}=${quoted(value)}\n`);
  const text = readFileSync(template ?? packageFile('Dockerfile'), 'utf8');
  writeFileSync(join(folder, 'Dockerfile'), text + lines.join(''));
  // Neither belongs to the bundle; the code cache is that of the Node in the image, which makes it.
  writeFileSync(join(folder, '.dockerignore'), 'Dockerfile\n.dockerignore\nservice.yaml\n**/*.cache\n');
}
