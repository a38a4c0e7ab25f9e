/** Modules that sources require or import by computed names, which a bundle may lack. */
import type { Message, Metafile } from 'esbuild';
import { packageOf } from './native.ts';

const lacking = 'requires a module by a computed name, which the bundle may lack';

/** A package's or a file's own way to require what no bundler can foresee; Express does, for template engines. */
function unforeseen(messages: readonly Message[]): string[] {
  const places = new Map<string, string>();
  for (const { id, location } of messages) {
    if (!/^unsupported-(?:require-call|dynamic-import)$/.test(id) || location === null) continue;
    const name = packageOf(location.file);
    if (name === 'express' || (name !== undefined && places.has(name))) continue;
    places.set(name ?? location.file, `${location.file}:${location.line}`);
  }
  return [...places].map(([name, at]) =>
    name === at.replace(/:\d+$/, '')
      ? `${at}: ${lacking}; --external copies a package whole`
      : `${name} requires modules by computed names (${at}); if one is missing when it runs, add --external ${name}`,
  );
}

/**
 * Of `require('./routes/' + name)` the bundler takes every file below the folder, but finds it by its whole name alone,
 * while Node adds the extension that is missing.
 */
function withoutExtension({ inputs }: Metafile): string[] {
  return Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ path }) => path.endsWith('*') && packageOf(file) === undefined)
      .map(({ path }) => `${file}: ${lacking} (${path}); write the extension, such as .js, behind the name`),
  );
}

/** What a build says of them. */
export const computedRequires = (messages: readonly Message[], metafile: Metafile): string[] => [
  ...unforeseen(messages),
  ...withoutExtension(metafile),
];
