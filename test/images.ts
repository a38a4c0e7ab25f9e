import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import pkg from '../package.json' with { type: 'json' };
import { functionNames } from '../scripts/function-names.ts';
import { sourceAddress } from '../scripts/images/provenance.ts';
import { record } from '../scripts/images/record.ts';

const script = fileURLToPath(new URL('../scripts/images.ts', import.meta.url));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** What the stand-ins were called with, but for the questions whether they are there. */
  calls: string[];
  /** What it noted for scripts/deploy. */
  record: string;
}

/** Runs `npm run images` with shell scripts in the place of the programs that it looks for, and of all others. */
async function images(
  t: ExecutionContext,
  args: string[],
  programs: Record<string, string> = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-images-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const bundles = join(folder, 'bundles');
  for (const name of functionNames()) mkdirSync(join(bundles, name), { recursive: true });
  const log = join(folder, 'log');
  writeFileSync(log, '');
  for (const [name, body] of Object.entries(programs)) {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\necho ${name} "$@" >> '${log}'\n${body}\n`);
    chmodSync(file, 0o755);
  }
  return new Promise(resolve => {
    const record = join(folder, 'record/images.txt');
    const all = [script, '--record', record, '--bundles', bundles, ...args];
    execFile(process.execPath, all, { env: { PATH: folder } }, (error, stdout, stderr) => {
      const questions = / (version|info|image inspect|images --format|get clusters)/;
      const calls = readFileSync(log, 'utf8')
        .split('\n')
        .filter(line => line && !questions.test(line));
      const noted = existsSync(record) ? readFileSync(record, 'utf8') : '';
      resolve({ code: Number(error?.code ?? 0), stdout, stderr, calls, record: noted });
    });
  });
}

const docker = { docker: 'case "$*" in *inspect*) echo 118669000;; esac' };
const buildah = { buildah: 'case "$*" in images*) echo "119 MB"; echo "119 MB";; esac' };

test('all functions are built as v2 without faults, and a table tells their sizes', async t => {
  const { code, stdout, stderr, calls } = await images(t, [], docker);
  t.is(code, 0);
  t.is(calls.length, functionNames().length);
  t.regex(
    calls[0] ?? '',
    /^docker build .*--tag dev\.local\/traced-functions\/alpha:v2 \S+\/bundles\/alpha$/,
  );
  const lines = stdout.split('\n');
  t.regex(lines[0] ?? '', /^NAME +TAG +SIZE$/);
  t.is(lines[1], 'dev.local/traced-functions/alpha    v2   118.7 MB');
  t.regex(stderr, /building with docker\nimages: 1 of \d+: dev\.local\/traced-functions\/alpha:v2\n/);
});

test('which image a name stands for is noted for scripts/deploy, and nothing of a build that failed', async t => {
  const inspect = 'case "$*" in *.Id*) echo sha256:0f;; *inspect*) echo 1;; esac';
  const { record: five } = await images(t, [], { docker: inspect });
  t.is(five.split('\n').length - 1, functionNames().length);
  t.true(five.startsWith('dev.local/traced-functions/alpha:v2 built-sha256:0f\n'));
  const ids = { buildah: 'case "$*" in *.ID*) echo 0f12; echo 0f12;; esac' };
  t.is(
    (await images(t, ['--function', 'root', '--tag', 'v1'], ids)).record,
    'dev.local/traced-functions/root:v1 built-0f12\n',
  );
  const loaded = await images(t, ['--function', 'root', '--load'], { ...ids, k3s: '' });
  t.is(loaded.record, 'dev.local/traced-functions/root:v2 loaded-0f12\n', 'unlike one that is only built');
  const failing = { docker: 'case "$*" in *build*) exit 1;; *.Id*) echo sha256:0f;; esac' };
  t.is((await images(t, ['--function', 'root'], failing)).record, '');
  const manifest = { docker: '[ "$1" != image ]' };
  const several = ['--function', 'root', '--platform', 'linux/amd64,linux/arm64', '--push'];
  t.regex((await images(t, several, manifest)).record, /root:v2 pushed-\d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
});

test('a record keeps what was built before, once for each name', t => {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-record-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a/images.txt');
  for (const [image, id] of [
    ['r/root:v2', '1'],
    ['r/alpha:v2', '2'],
    ['r/root:v1', '3'],
    ['r/root:v2', '4'],
  ] as const)
    record(file, image, id);
  t.is(readFileSync(file, 'utf8'), 'r/alpha:v2 2\nr/root:v1 3\nr/root:v2 4\n');
});

test('the tag v1 has the exercise’s faults by itself', async t => {
  const build =
    'case "$*" in build*) for folder; do :; done; while read -r line; do echo "$line" >&2; done <"$folder/Dockerfile";; *inspect*) echo 1;; esac';
  const { stderr } = await images(t, ['--tag', 'v1', '--function', 'root'], { docker: build });
  t.regex(
    stderr,
    /^ENV FUNCTION_TARGET="root"\nENV OTEL_TRACES_EXPORTER="jaeger"\nENV OTEL_EXPORTER_JAEGER_ENDPOINT="http.*"\nENV FAULTS="alpha-stall,beta-uncached,redis-one-by-one,redis-lost-primary,gateway-serial"$/m,
  );
});

const git = (changes: string, remote: string) => `case "$*" in
  show*) echo "0123abc 1700000000 2023-11-14T22:13:20+00:00";;
  status*) echo "${changes}";;
  remote*) echo "${remote}";;
esac`;

test('an image’s labels say which commit of what it is made of, and its age is that commit’s', async t => {
  const label = (name: string, value: string) => ` --label org.opencontainers.image.${name}=${value} `;
  const only = ['--function', 'root'];
  const remote = `https://${'me:secret'}@git.example.com/me/traced.git`;
  const clean = await images(t, only, { ...docker, git: git('', remote) });
  const [call = ''] = clean.calls.filter(each => each.startsWith('docker'));
  t.true(call.includes(label('version', pkg.version)));
  t.true(call.includes(label('revision', '0123abc')));
  t.true(call.includes(label('created', '2023-11-14T22:13:20+00:00')));
  t.true(call.includes(label('source', 'https://git.example.com/me/traced')));
  t.true(call.includes(' --build-arg SOURCE_DATE_EPOCH=1700000000 '));
  const changed = await images(t, only, { ...buildah, git: git(' M x', '/home/me/traced') });
  const [other = ''] = changed.calls.filter(each => each.startsWith('buildah'));
  t.true(other.includes(label('revision', '0123abc-dirty')));
  t.true(other.includes(' --timestamp 1700000000 '));
  t.notRegex(other, /image\.source|home/, 'a folder of this machine is nobody’s source');
});

test('a repository is named by its address on the web, without a login', t => {
  for (const remote of [
    'https://git.example.com/me/x.git',
    'https://a:b@git.example.com/me/x',
    'git@git.example.com:me/x.git',
  ])
    t.is(sourceAddress(remote), 'https://git.example.com/me/x');
  for (const remote of ['/srv/x', '../x', 'file:///srv/x', '', undefined])
    t.is(sourceAddress(remote), undefined);
});

test('one function can be built for a registry and pushed', async t => {
  const { calls } = await images(
    t,
    ['--registry', 'ghcr.io/me', '--tag', '1.0', '--function', 'beta', '--push'],
    docker,
  );
  t.is(calls.length, 2);
  t.is(calls[1], 'docker push ghcr.io/me/beta:1.0');
});

test('several platforms are pushed as they are built', async t => {
  const both = ['--function', 'root', '--platform', 'linux/amd64,linux/arm64'];
  const withDocker = await images(t, [...both, '--push'], docker);
  t.is(withDocker.calls.length, 1);
  t.regex(withDocker.calls[0] ?? '', /^docker buildx build --push --platform linux\/amd64,linux\/arm64 /);
  const withBuildah = await images(t, [...both, '--push'], buildah);
  t.regex(withBuildah.calls[0] ?? '', / --manifest dev\.local\/traced-functions\/root:v2 \S+\/root$/);
  t.regex(withBuildah.calls[1] ?? '', /^buildah manifest push --all /);
  t.like(await images(t, both, docker), { code: 2, calls: [] });
});

test('a Docker whose engine does not answer is passed over for Podman or Buildah', async t => {
  const { calls, stdout } = await images(t, ['--function', 'root'], { docker: 'exit 1', ...buildah });
  t.regex(calls[0] ?? '', /^buildah build --format docker --layers .* --tag /);
  t.regex(stdout, /root +v2 +119 MB/);
});

test('images are imported into the cluster that is there', async t => {
  const load = ['--function', 'root', '--load'];
  const k3s = await images(t, load, { ...docker, k3s: '' });
  t.regex(k3s.stderr, /importing into K3s/);
  t.regex(k3s.calls.join('\n'), /\ndocker save --output (\S+) dev\S+\nk3s ctr images import \1$/);
  const kind = await images(t, load, { ...docker, kind: 'echo blue' });
  t.regex(kind.calls.at(-1) ?? '', /^kind load image-archive \S+ --name blue$/);
  const containerd = await images(t, load, { ...buildah, ctr: '' });
  t.regex(containerd.calls.at(-1) ?? '', /^ctr --namespace k8s\.io images import /);
});

test('where there is nothing to build with or to import into, it says what is missing', async t => {
  const nothing = await images(t, []);
  t.is(nothing.code, 1);
  t.regex(nothing.stderr, /install Docker, Podman or Buildah/);
  const noCluster = await images(t, ['--load'], docker);
  t.is(noCluster.code, 1);
  t.deepEqual(noCluster.calls, []);
  t.regex(noCluster.stderr, /no K3s, kind cluster or containerd/);
});

test('a build that fails ends it with what failed', async t => {
  const { code, stderr, stdout } = await images(t, [], { docker: '[ "$1" = version ] || exit 7' });
  t.is(code, 1);
  t.regex(stderr, /docker build ended with exit status 7/);
  t.is(stdout, '');
});

test('arguments that cannot be used end it with 2 and the usage', async t => {
  for (const args of [
    ['--function', 'omega'],
    ['--tag', 'a b'],
    ['--registry', 'http://x'],
    ['--nonsense'],
  ]) {
    const { code, stderr, calls } = await images(t, args, docker);
    t.is(code, 2, args.join(' '));
    t.regex(stderr, /usage: npm run images/);
    t.deepEqual(calls, []);
  }
});
