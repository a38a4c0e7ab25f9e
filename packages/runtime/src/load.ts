import { pathToFileURL } from 'node:url';
import { registerModuleHooks } from './hooks.ts';
import type { Config } from './settings.ts';

/** Imports the module that registers the function. In a bundle its place is taken by that module (scripts/bundle.ts). */
export async function loadFunction({ functionTarget, functionSource }: Config): Promise<void> {
  registerModuleHooks();
  const ofTarget = () => new URL(`../../../functions/${functionTarget}/index.ts`, import.meta.url);
  await import(String(functionSource ? pathToFileURL(functionSource) : ofTarget()));
}
