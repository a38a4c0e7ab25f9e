import type { Metafile } from 'esbuild';

/** Packages that find a native addon by paths that they compute, for the package that requires them. */
const finders = ['bindings', 'node-gyp-build', '@mapbox/node-pre-gyp', 'prebuild-install'];

export const packageOf = (path: string): string | undefined =>
  /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];

/** The packages in a bundle that load a native addon in a way that works from their own folders only. */
export function nativePackages({ inputs }: Metafile): string[] {
  const names = Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports.some(({ path }) => finders.includes(packageOf(path) ?? '')) ? (packageOf(importer) ?? []) : [],
  );
  return [...new Set(names)].filter(name => !finders.includes(name)).sort();
}
