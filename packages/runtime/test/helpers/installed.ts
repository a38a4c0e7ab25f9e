/** Folders of functions outside the repository, with packages of their own and the packed runtime in node_modules. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { packRuntime } from '../../../../scripts/pack-runtime.ts';
import runtime from '../../package.json' with { type: 'json' };
import { PackageCopies } from '../../src/build/packages.ts';

const command = 'node_modules/@traced-functions/runtime/bin/traced-functions.cjs';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

type Files = Record<string, string | Buffer>;

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  url: string;
  child: ChildProcess;
  /** Ends it by SIGTERM. @returns the exit status */
  stop(): Promise<number | null>;
}

/** A folder with what `npm install` of the packed runtime and some packages would leave in it. */
export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), 'traced-functions-installed-'));

  async install(packages: readonly string[] = []): Promise<void> {
    const copies = new PackageCopies(this.folder);
    for (const name of [...Object.keys(runtime.dependencies), ...packages]) copies.copy(name, root);
    const package_ = join(this.folder, 'node_modules/@traced-functions/runtime');
    mkdirSync(package_, { recursive: true });
    for (const file of ['package.json', 'Dockerfile', 'bin'])
      cpSync(join(root, 'packages/runtime', file), join(package_, file), { recursive: true });
    await packRuntime(join(package_, 'dist'));
  }

  /** Writes files, by their paths in the folder. */
  write(files: Files): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), content);
    }
  }

  /** Starts the package's command in the folder, for the function that `FUNCTION_TARGET` names. */
  start(env: NodeJS.ProcessEnv): Promise<Running> {
    return start(join(this.folder, command), this.folder, env);
  }

  /** Runs the package's command in the folder. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return new Promise(resolve =>
      execFile(
        process.execPath,
        [join(this.folder, command), ...args],
        { cwd: this.folder, env: { PATH: process.env['PATH'], ...env } },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      ),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Starts a bundle as its image does, from a folder that has nothing else. */
export const startBundle = (folder: string, env: NodeJS.ProcessEnv): Promise<Running> =>
  start(join(folder, 'main.cjs'), tmpdir(), env);

async function start(program: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Running> {
  const child = spawn(process.execPath, [program], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PORT: '0', HOST: '127.0.0.1', LAME_DUCK_MS: '0', OTEL_TRACES_EXPORTER: 'none', ...env },
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream as Readable).on('line', line => lines.push(line));
  const exit = once(child, 'exit');
  const [message] = await Promise.race([once(child, 'message'), exit]);
  if (typeof message?.port !== 'number') {
    child.kill('SIGKILL');
    throw new Error(`it does not start: ${lines.join('\n')}`);
  }
  return {
    url: `http://127.0.0.1:${message.port}`,
    child,
    async stop() {
      child.kill('SIGTERM');
      return (await exit)[0];
    },
  };
}
