/** The function that is measured, in each of the ways that it is run besides the framework's own. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild, type Plugin } from 'esbuild';
import { build, warmUp, writeWarmUp } from '../packages/runtime/src/build/build.ts';
import { run } from '../packages/runtime/src/build/image/command.ts';
import { warmUpRequest } from '../packages/runtime/src/build/warm-up.ts';

const runtime = fileURLToPath(new URL('../packages/runtime/', import.meta.url));

/** The runtime as it would be if it set no tracing up: what tracing costs is measured against it. */
const untraced: Plugin = {
  name: 'untraced',
  setup({ onLoad }) {
    onLoad({ filter: /\/packages\/runtime\/src\/tracing\.ts$/ }, () => ({
      contents: `
        export const isHealthCheck = ({ url }) => url === '/healthz';
        export const startTracing = async () => ({
          open: { count: 0, ended: async () => undefined },
          stop: async () => undefined,
          counts: () => ({ delivered: 0, undelivered: 0 }),
          metricsDelivered: () => undefined,
        });`,
    }));
  },
};

/** The framework and the function in one file, with a code cache made as that of ours. */
async function bundleFramework(baselines: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await esbuild({
    absWorkingDir: baselines,
    entryPoints: ['bundled.js'],
    outfile: join(folder, 'main.bundle.cjs'),
    bundle: true,
    platform: 'node',
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    logLevel: 'warning',
  });
  copyFileSync(join(runtime, 'src/build/loader.cjs'), join(folder, 'main.cjs'));
  const requests = ['GET:/', 'POST:/:{"a":1}'].map(warmUpRequest);
  await writeWarmUp(folder, { env: { FUNCTION_TARGET: 'root' }, requests }, undefined);
  await warmUp(folder);
}

/** The packed runtime, installed beside the function as its README says. */
async function installPacked(baselines: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"packed","private":true,"main":"function.js"}\n');
  copyFileSync(join(baselines, 'function.js'), join(folder, 'function.js'));
  await run('npm', ['pack', '--silent', '--pack-destination', folder, runtime]);
  const packages = [
    join(folder, 'traced-functions-runtime-0.1.0.tgz'),
    '@google-cloud/functions-framework@5.0.5',
  ];
  await run('npm', [
    'install',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...packages,
  ]);
}

/**
 * Makes the bundles `hello`, `untraced` and `framework`, and the folder `packed`, anew.
 * @param baselines the baselines' folder
 * @param folder where to
 */
export async function makeHello(
  baselines: string,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  const source = join(baselines, 'function.js');
  say('bundling the function, traced and untraced, and with the framework');
  await build({ source, out: join(folder, 'hello') });
  await build({ source, out: join(folder, 'untraced'), plugins: [untraced] });
  await bundleFramework(baselines, join(folder, 'framework'));
  say('installing the packed runtime');
  await installPacked(baselines, join(folder, 'packed'));
}
