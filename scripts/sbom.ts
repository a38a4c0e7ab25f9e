/** Writes what the images and the packed command are made of, in CycloneDX: `npm run sbom -- --help`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contents } from './sbom/contents.ts';
import { bom } from './sbom/cyclonedx.ts';

const usage = `usage: npm run sbom -- FILE

Writes a CycloneDX 1.5 bill of materials to FILE: the packages that npm start
needs, those whose code is in the images and in the packed command traced, and
Node. Each names its license and, in properties "traced-functions:in", what it
is in.
`;

/** The FILE that the arguments name; undefined for --help. @throws Error where they can't be used */
function fileOf(args: string[]): string | undefined {
  const options = { help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return undefined;
  if (positionals.length !== 1) throw new Error(`one FILE is wanted, not ${positionals.length}`);
  return positionals[0];
}

async function write(file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-sbom-'));
  try {
    const made = await bom(await contents(folder));
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`);
    process.stderr.write(`sbom: ${made.components.length} components in ${file}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(args: string[]): Promise<number> {
  let file: string | undefined;
  try {
    file = fileOf(args);
  } catch (error) {
    process.stderr.write(`sbom: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (file === undefined) process.stdout.write(usage);
  else await write(file);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
