/** Which folders are functions, and what each is called. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';

export interface FoundFunction {
  /** The folder's name: what the function is called here and by `<NAME>_URL`. */
  name: string;
  /** Absolute. */
  folder: string;
}

/** How a function is run, as far as its folder says it. */
export interface FunctionSource {
  target: string;
  /** The file or the folder that the runtime loads. */
  source: string;
  signatureType: string | undefined;
}

/** What the Functions Framework and the runtime load of a folder. */
const mainFiles = ['index', 'function', 'src/index', 'src/function'].flatMap(file =>
  ['ts', 'mts', 'js', 'mjs', 'cjs'].map(ext => `${file}.${ext}`),
);

interface Package {
  main?: unknown;
  scripts?: Record<string, unknown>;
}

function packageOf(folder: string): Package {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    // None, or one that is being written; the runtime says so where it needs it.
    return {};
  }
}

const isFunction = (folder: string): boolean =>
  mainFiles.some(file => existsSync(join(folder, file))) || typeof packageOf(folder).main === 'string';

/** Folders that are no function's, whatever they contain. */
const isSkipped = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(entry => entry.isDirectory() && !isSkipped(entry.name)).map(({ name }) => name);
  } catch {
    return [];
  }
}

/**
 * The folder itself where it has a main file or a package.json with a `main`; else the folders in it that have one.
 * @returns sorted by name; empty where there is none
 */
export function findFunctions(folder: string): FoundFunction[] {
  const root = resolve(folder);
  if (isFunction(root)) return [{ name: basename(root), folder: root }];
  return foldersIn(root)
    .sort()
    .map(name => ({ name, folder: join(root, name) }))
    .filter(found => isFunction(found.folder));
}

const registration = /\b(?:http|cloudEvent|cloudevent)\(\s*(['"`])([\w.-]+)\1/g;
const exportation = /\bexports\.([\w$]+)\s*=|\bexport\s+(?:const|let|(?:async\s+)?function)\s+([\w$]+)/g;
const mostFiles = 100;

const isSource = (name: string): boolean => /(?<!\.(?:d|test|spec))\.[cm]?[jt]s$/.test(name);
const ofOthers = new Set(['test', 'tests', 'dist']);

/** The function's own sources, those with fewer folders above them first. */
function sourcesIn(folder: string): string[] {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile() && isSource(entry.name))
    .map(({ name }) => join(folder, name));
  const folders = foldersIn(folder).filter(name => !ofOthers.has(name));
  return [...files, ...folders.flatMap(name => sourcesIn(join(folder, name)))].slice(0, mostFiles);
}

function namesBy(pattern: RegExp, folder: string): string[] {
  const names = sourcesIn(folder).flatMap(file => {
    return [...readFileSync(file, 'utf8').matchAll(pattern)].map(match => match[2] ?? match[1] ?? '');
  });
  return [...new Set(names)];
}

/** A flag's value in the scripts of package.json, where a function for the framework names its target. */
function flagIn({ scripts = {} }: Package, flag: string): string | undefined {
  const commands = [scripts['start'], ...Object.values(scripts)].map(String);
  return commands
    .filter(command => /functions-framework|traced-functions/.test(command))
    .map(command => new RegExp(`--${flag}[= ]["']?([^\\s"']+)`).exec(command)?.[1])
    .find(value => value !== undefined);
}

/**
 * A function's target: the one that its package.json's scripts name, the one of the folder's name, or the only one that
 * its sources register or export.
 */
export function sourceOf({ name, folder }: FoundFunction): FunctionSource {
  const pkg = packageOf(folder);
  const source = join(folder, flagIn(pkg, 'source') ?? '');
  const signatureType = flagIn(pkg, 'signature-type');
  return { target: flagIn(pkg, 'target') ?? targetIn(name, folder), source, signatureType };
}

function targetIn(name: string, folder: string): string {
  for (const pattern of [registration, exportation]) {
    const names = namesBy(pattern, folder);
    if (names.includes(name)) return name;
    if (names.length === 1 && names[0] !== undefined) return names[0];
  }
  return name;
}

/** Whether a path is in a function's folder, and not in a folder that holds it. */
export const isIn = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !way.startsWith('/'));
};
