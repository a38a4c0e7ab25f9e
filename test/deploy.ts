import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { functionNames } from '../scripts/function-names.ts';
import { isFunction, type KubeObject, kustomize, objectsIn, top } from './helpers/rendered.ts';

const onceRendered = kustomize === undefined ? test.skip : test;

/** The real program that renders, by its path: the stand-in has its name. */
const renderer =
  kustomize &&
  [execFileSync('sh', ['-c', `command -v ${kustomize[0]}`], { encoding: 'utf8' }).trim(), kustomize[1]].join(
    ' ',
  );

interface Cluster {
  /** What npm run images noted. */
  images?: string;
  /** The resourceVersion of the Secret redis-auth. */
  secret?: string;
  /** The functions that `kubectl get ksvc -A` shows. */
  functions?: string;
}

/** Runs a script with a kubectl that renders, keeps what is applied, and answers as a cluster where all is well does. */
async function run(
  t: ExecutionContext,
  args: string[],
  { images = '', secret = '1', functions = '' }: Cluster = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-deploy-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'images.txt'), images);
  const stub = `#!/bin/sh
echo "$*" >> '${folder}/log'
case "$*" in
  kustomize*) exec ${renderer} "$2";;
  apply*-k*)
    folder=$(echo "$*" | sed 's/.*-k //; s/ -o name//')
    ${renderer} "$folder" | tee -a '${folder}/applied' |
      awk '/^kind: Deployment/ { found = 1 } /^  name: / && found { print "deployment.apps/" $2; found = 0 }'
    echo --- >> '${folder}/applied';;
  *resourceVersion*redis-auth* | *redis-auth*resourceVersion*) echo '${secret}';;
  "get ksvc -A"*) echo '${functions}';;
  *status.url*) echo http://gateway.default.localhost;;
esac
`;
  const [program = '', ...options] = args;
  writeFileSync(join(folder, 'kubectl'), stub);
  chmodSync(join(folder, 'kubectl'), 0o755);
  const env = { PATH: `${folder}:${process.env['PATH']}` };
  if (program === 'scripts/deploy' && !options.includes('--remove'))
    options.push('--images', join(folder, 'images.txt'));
  const { code, stderr } = await new Promise<{ code: number; stderr: string }>(resolve =>
    execFile(join(top, program), options, { env }, (error, _stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr }),
    ),
  );
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      return '';
    }
  };
  return { code, stderr, calls: read('log').split('\n'), applied: objectsIn(read('applied')) };
}

const record = (ids: Record<string, string>, tag = 'v2') =>
  Object.entries(ids)
    .map(([name, id]) => `dev.local/traced-functions/${name}:${tag} ${id}\n`)
    .join('');
const ids = Object.fromEntries(functionNames().map(name => [name, `sha256:${name}`]));

/** The pod templates of what was applied, by kind and name. */
const templates = (applied: KubeObject[]) =>
  Object.fromEntries(
    applied.flatMap(({ kind, metadata, spec }) =>
      spec?.template === undefined ? [] : [[`${kind} ${metadata.name}`, JSON.stringify(spec.template)]],
    ),
  );
const changed = (before: KubeObject[], after: KubeObject[]) => {
  const [old, now] = [templates(before), templates(after)];
  return Object.keys(now).filter(name => now[name] !== old[name]);
};

onceRendered(
  'what is deployed again unchanged makes no new pod, and an image built again makes those of its function',
  async t => {
    const deploy = (images: string, ...args: string[]) => run(t, ['scripts/deploy', ...args], { images });
    const first = await deploy(record(ids));
    t.is(first.code, 0, first.stderr);
    t.deepEqual(
      first.applied
        .filter(isFunction)
        .map(({ metadata }) => metadata.name)
        .sort(),
      functionNames(),
    );
    t.deepEqual(changed(first.applied, (await deploy(record(ids))).applied), []);
    for (const name of functionNames()) {
      const again = await deploy(record({ ...ids, [name]: 'sha256:new' }));
      t.deepEqual(changed(first.applied, again.applied), [`Service ${name}`]);
    }
    const v1 = await deploy(
      record(ids) + record({ ...ids, alpha: 'sha256:new' }, 'v1'),
      '--functions',
      'overlays/v1',
    );
    t.regex(templates(v1.applied)['Service alpha'] ?? '', /sha256:new/);
    t.regex(templates(v1.applied)['Service root'] ?? '', /sha256:root/);
    t.regex(templates(v1.applied)['Deployment redis-lost'] ?? '', /sha256:redis/);
  },
);

onceRendered('a new password makes new pods of all that use it, and of nothing else', async t => {
  const before = await run(t, ['scripts/deploy'], { images: record(ids), secret: '41' });
  const after = await run(t, ['scripts/deploy'], { images: record(ids), secret: '42' });
  t.deepEqual(changed(before.applied, after.applied).sort(), [
    'Service redis',
    'StatefulSet redis-primary',
    'StatefulSet redis-secondary',
  ]);
});

onceRendered(
  'images that the record does not have are reported, and deployed as the manifests name them',
  async t => {
    const { root: _root, ...others } = ids;
    const { code, stderr, applied } = await run(t, ['scripts/deploy'], { images: record(others) });
    t.is(code, 0);
    t.regex(stderr, /does not have the images of root: .*change the tag/);
    t.false(templates(applied)['Service root']?.includes('sha256'));
  },
);

onceRendered('a Revision that has a name is not changed under it', async t => {
  const { code, stderr, applied } = await run(t, ['scripts/deploy', '--functions', 'overlays/split'], {
    images: record(ids),
  });
  t.is(code, 0, stderr);
  t.is(stderr.match(/has a name/g)?.length, functionNames().length);
  for (const name of functionNames()) t.false(templates(applied)[`Service ${name}`]?.includes('sha256'));
});

onceRendered(
  'redis-lost goes when nothing uses it any more, after the functions that do not are ready',
  async t => {
    const removals = (calls: string[]) => calls.filter(call => /^delete .*redis-lost/.test(call));
    for (const folder of ['knative', 'overlays/network-policy', 'overlays/registry', 'overlays/sidecar']) {
      const { calls } = await run(t, ['scripts/deploy', '--functions', folder], { images: record(ids) });
      t.deepEqual(
        removals(calls),
        ['delete -n default --ignore-not-found deployment/redis-lost service/redis-lost'],
        folder,
      );
      t.true(
        calls.findIndex(call => call.startsWith('wait ksvc redis ')) <
          calls.indexOf(removals(calls)[0] ?? ''),
      );
    }
    for (const folder of ['overlays/v1', 'overlays/split', 'overlays/split/v1']) {
      const { code, calls } = await run(t, ['scripts/deploy', '--functions', folder], {
        images: record(ids),
      });
      t.is(code, 0);
      t.deepEqual(removals(calls), [], folder);
    }
  },
);

onceRendered('--remove deletes every object of every variant, the password and the volumes', async t => {
  const { code, stderr, calls } = await run(t, ['scripts/deploy', '--remove', '--namespace', 'mine']);
  t.is(code, 0, stderr);
  t.true(calls.every(call => /^(version|delete|get|patch|rollout restart) ?/.test(call) || call === ''));
  for (const folder of ['overlays/v1', 'redis', 'overlays/components/network-policy'])
    t.true(calls.includes(`delete -n mine --ignore-not-found -k ${folder}`), folder);
  t.true(calls.includes('delete --ignore-not-found -k overlays/jaeger-badger'));
  t.regex(calls.join('\n'), /delete -n mine .*secret\/redis-auth pvc\/data-redis-primary-0 /);
  t.regex(calls.join('\n'), /patch configmap config-observability .*"tracing-endpoint": null/);
});

onceRendered('--remove leaves Jaeger to the functions of other namespaces', async t => {
  const functions = 'service.serving.knative.dev/root';
  const { code, stderr, calls } = await run(t, ['scripts/deploy', '--remove'], { functions });
  t.is(code, 0);
  t.regex(stderr, /Jaeger stays/);
  t.notRegex(calls.join('\n'), /jaeger|patch|restart/);
});

onceRendered('the platform is removed in the reverse order', async t => {
  const { code, stderr, calls } = await run(t, ['scripts/platform', '--remove', '--manifests', '/tmp']);
  t.is(code, 1, 'there is no jaeger-operator.yaml in that folder');
  t.regex(stderr, /jaeger-operator\.yaml/);
  t.notRegex(calls.join('\n'), /^delete/m);
  const all = await run(t, ['scripts/platform', '--remove']);
  t.is(all.code, 0, all.stderr);
  const deleted = all.calls
    .filter(call => call.startsWith('delete'))
    .map(call => /[\w-]+(?=\.yaml$)|operator$/.exec(call)?.[0]);
  t.deepEqual(deleted, ['operator', 'kourier', 'serving-core', 'serving-crds', 'cert-manager']);
});
