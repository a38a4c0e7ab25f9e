import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunction } from '../../scripts/bundle.ts';
import { type FunctionProcess, startFunctionProcess } from './process.ts';

/** Bundles in a folder that has nothing else: no packages to fall back on. */
export class Bundles {
  readonly folder = mkdtempSync(join(tmpdir(), 'traced-functions-bundles-'));

  /** @param source the module that registers the function, if it is none of the project */
  async make(name: string, source?: string): Promise<void> {
    await bundleFunction(name, join(this.folder, name), source);
  }

  file(name: string, file = 'main.cjs'): string {
    return join(this.folder, name, file);
  }

  /** Runs a bundle as its image does, on a free port. */
  start(name: string, env: NodeJS.ProcessEnv = {}): Promise<FunctionProcess> {
    return startFunctionProcess(name, { NODE_ENV: 'production', ...env }, this.file(name));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
