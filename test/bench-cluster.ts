import { type ChildProcess, execFile } from 'node:child_process';
import { on } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { readClusterOptions } from '../bench/cluster/options.ts';
import { lacking, medianParts, partsOf } from '../bench/cluster/parts.ts';
import { describeNode } from '../bench/cluster/platform.ts';
import { type ClusterResults, clusterJson, clusterOutcomes, clusterText } from '../bench/cluster/report.ts';
import { clusterVariants, imagesFrom, readRoot, serviceOf } from '../bench/cluster/services.ts';
import { UsageError } from '../bench/options.ts';
import type { KubeObject } from '../e2e/objects.ts';
import type { JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';
import { timeline } from '../packages/traced/test/helpers/timeline.ts';

const script = fileURLToPath(new URL('../bench/cluster.ts', import.meta.url));
const images = imagesFrom({ registry: 'registry.example/functions', tag: 'v2' });
const container = (object: KubeObject) => object.spec?.template?.spec?.containers[0];

test('the options say how many rounds there are and where the images come from', t => {
  t.deepEqual(readClusterOptions([]), {
    rounds: 12,
    build: undefined,
    registry: 'dev.local/traced-functions',
    tag: 'v2',
    namespace: 'traced-functions-bench',
    json: false,
  });
  t.like(readClusterOptions(['--rounds', '30', '--build']), { rounds: 30, build: 'load' });
  t.like(readClusterOptions(['--push', '--tag', 'v1']), { build: 'push', tag: 'v1' });
  t.is(readClusterOptions(['-h']), 'help');
  for (const args of [['--rounds', '0'], ['--rounds', 'many'], ['--quick'], ['plain']])
    t.throws(() => readClusterOptions(args), { instanceOf: UsageError }, args.join(' '));
});

test('every variant has root’s pod, and only what runs in its container is its own', t => {
  const root = readRoot();
  const own = ['image', 'args', 'env'];
  const pod = (object: KubeObject) => ({
    ...object.spec?.template?.spec,
    containers: Object.entries(container(object) ?? {}).filter(([key]) => !own.includes(key)),
  });
  for (const name of clusterVariants) {
    const service = serviceOf(name, root, images);
    t.is(service.metadata.name, name);
    t.deepEqual(service.metadata.labels, root.metadata.labels);
    t.deepEqual(pod(service), pod(root), name);
    t.is(service.spec?.template?.metadata?.annotations?.['autoscaling.knative.dev/max-scale'], '5');
  }
  t.is(root.metadata.name, 'root');
});

test('ours runs as its image and manifest have it, the baselines by their commands', t => {
  const of = (name: (typeof clusterVariants)[number]) => container(serviceOf(name, readRoot(), images));
  t.is(of('jaeger')?.image, 'registry.example/functions/root:v2');
  t.deepEqual(of('jaeger')?.env, container(readRoot())?.env);
  t.is(of('jaeger')?.['args'], undefined);
  t.like(of('plain'), { image: 'registry.example/functions/baselines:bench', args: ['node', 'plain.js'] });
  const cli = [
    'node_modules/@google-cloud/functions-framework/build/src/main.js',
    '--source=function.js',
    '--target=root',
  ];
  t.deepEqual(of('framework')?.['args'], ['node', ...cli]);
  t.deepEqual(of('framework')?.env, []);
  t.deepEqual(of('node-sdk')?.['args'], ['node', '--require', './instrumentation.js', ...cli]);
});

test('the traced baseline sends its spans where ours does', t => {
  const endpoint = (name: 'jaeger' | 'node-sdk') =>
    container(serviceOf(name, readRoot(), images))?.env?.find(
      variable => variable.name === 'OTEL_EXPORTER_JAEGER_ENDPOINT',
    )?.value;
  t.regex(endpoint('jaeger') ?? '', /^http:.*\/api\/traces$/);
  t.is(endpoint('node-sdk'), endpoint('jaeger'));
});

const results = (ours: number): ClusterResults => ({
  platform: {
    kubernetes: 'v1.36.3',
    serving: '1.23.0',
    kourier: '1.23.0',
    nodes: ['node0: 2 cores, 8 GB, linux amd64 6.1.0, containerd 2.2.9'],
  },
  loadBefore: 0.1,
  date: '2026-11-01',
  rounds: {
    plain: [720, 740],
    framework: [800, 1000],
    'node-sdk': [1100, 1100],
    jaeger: [800 * ours, 1000 * ours],
  },
  parts: [
    { what: 'until its process starts', ms: 301.2 },
    { what: 'boot', ms: 45.67 },
  ],
});

test('ours is held against both baselines, and each target is reached, its goal too, or missed', t => {
  const verdicts = (ours: number) => clusterOutcomes(results(ours)).map(({ to, verdict }) => [to, verdict]);
  t.deepEqual(verdicts(1.01), [
    ['framework', 'missed'],
    ['node-sdk', 'missed'],
  ]);
  t.deepEqual(verdicts(0.91), [
    ['framework', 'goal'],
    ['node-sdk', 'reached'],
  ]);
  t.deepEqual(verdicts(0.75), [
    ['framework', 'goal'],
    ['node-sdk', 'goal'],
  ]);
});

test('the table says on what was measured, and how sure the ratios are', t => {
  t.is(
    clusterText(results(0.9)),
    `Kubernetes v1.36.3, Knative Serving 1.23.0, Kourier 1.23.0, 2026-11-01
node0: 2 cores, 8 GB, linux amd64 6.1.0, containerd 2.2.9
load average of this machine before: 0.10

cold request                          n     ms      quartiles  to B     interval  to C     interval  sure
A  node:http, untraced                2    730      725 – 735  0.82  0.74 – 0.90  0.66  0.65 – 0.67  50 %
B  Functions Framework CLI, untraced  2    900      850 – 950                     0.82  0.73 – 0.91  50 %
C  NodeSDK as documented, on B        2  1,100  1,100 – 1,100  1.24  1.10 – 1.38                     50 %
ours, traced, Jaeger exporter         2    810      765 – 855  0.90  0.90 – 0.90  0.74  0.65 – 0.82  50 %
  from a function at zero to the end of its answer, through Kourier and the activator

of ours, by its traces      ms
until its process starts   301
boot                      45.7

target                      measured  must  goal  verdict
cold request, traced, to B      0.90  1.00  0.92  goal
cold request, traced, to C      0.74  0.75  0.65  reached
`,
  );
  const parsed = JSON.parse(clusterJson(results(0.9)));
  t.deepEqual(parsed.rounds[3].values, [720, 900]);
  t.like(parsed.targets[1], { to: 'node-sdk', verdict: 'reached' });
});

/** A cold request as the cluster's Jaeger has it, whose process starts `late` columns of 10 ms later. */
function coldTrace(late = 0, without = 'nothing'): JaegerTrace {
  const drawing = `
    kourier ingress            |---------------------------------------------|
      activator throttler_try  |--------------------------------------------|
      root-fn cold start                             |----------|
        root-fn boot                                 |----|
        root-fn sdk                                       |-|
        root-fn load                                        |--|
        root-fn listen                                         ||
      root-fn GET /                                                         ||
  `;
  const lines = drawing.split('\n').filter(line => !line.includes(` ${without} `));
  const ours = /^(.*root-fn (?:cold|boot|sdk|load|listen).*?)\|/;
  return timeline(lines.map(line => line.replace(ours, `$1${' '.repeat(late)}|`)).join('\n'), {
    columnUs: 10_000,
  });
}

test('the parts of a cold request follow one another and together are all of it', t => {
  const parts = partsOf(coldTrace()) ?? [];
  t.deepEqual(
    parts.map(({ what, ms }) => [what, ms]),
    [
      ['until its process starts', 220],
      ['boot', 50],
      ['sdk', 20],
      ['load', 30],
      ['listen', 10],
      ['until the activator finds it ready', 120],
      ['the request', 10],
    ],
  );
  t.is(
    parts.reduce((sum, { ms }) => sum + ms, 0),
    460,
  );
});

test('a trace without the activator’s wait or the start does not tell where the time went', t => {
  t.deepEqual(lacking(coldTrace()), []);
  for (const name of ['throttler_try', 'cold start', 'load']) {
    const trace = coldTrace(0, name);
    t.deepEqual(lacking(trace), [name]);
    t.is(partsOf(trace), undefined);
  }
});

test('of several requests each part’s median is told', t => {
  const medians = medianParts([0, 4, 5].map(late => partsOf(coldTrace(late)) ?? []));
  t.like(medians[0], { what: 'until its process starts', ms: 260 });
  t.like(medians[5], { what: 'until the activator finds it ready', ms: 80 });
  t.deepEqual(medianParts([]), []);
});

test('a node is described by what it can do and runs', t => {
  const status = {
    capacity: { cpu: '2', memory: '8148096Ki' },
    nodeInfo: {
      architecture: 'arm64',
      containerRuntimeVersion: 'containerd://2.2.9',
      kernelVersion: '6.1.0-13-arm64',
      kubeletVersion: 'v1.36.3',
      operatingSystem: 'linux',
    },
  };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' }, status } as unknown as KubeObject;
  t.is(describeNode(node), 'one: 2 cores, 8 GB, linux arm64 6.1.0, containerd 2.2.9');
});

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** What kubectl was called with that is no question. */
  changes: string[];
}

interface Running {
  child: ChildProcess;
  /** kubectl's calls so far, each as one line. */
  calls(): string[];
  ended: Promise<Outcome>;
}

/** Runs the script with a shell script in kubectl's place. */
function start(t: ExecutionContext, kubectl: string, args: string[] = []): Running {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-bench-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'log');
  const file = join(folder, 'kubectl');
  writeFileSync(log, '');
  writeFileSync(file, `#!/bin/sh\necho "$*" >> '${log}'\n${kubectl}\n`);
  chmodSync(file, 0o755);
  const calls = () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  const child = execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
    const changes = calls().filter(call => !/^(version|get) /.test(call));
    resolve({ code: Number(error?.code ?? 0), stdout, stderr, changes });
  });
  return { child, calls, ended: promise };
}

const empty = '{"items": []}';
/** A cluster that has everything; what else a call is answered with comes first. */
const cluster = (cases: string) => `case "$*" in
  ${cases}
  version*) echo '{"serverVersion": {"gitVersion": "v1.36.3"}}';;
  *--ignore-not-found*) echo found;;
  "get deployment"*) echo '{"metadata": {"name": "controller"}}';;
  "get "*) echo '${empty}';;
  *) cat > /dev/null;;
esac`;

test('without a cluster it says so, with kubectl’s own words', async t => {
  const { ended } = start(t, 'echo The connection was refused >&2; exit 1');
  t.like(await ended, {
    code: 1,
    stdout: '',
    stderr: 'No cluster answers; KUBECONFIG has to name one. The connection was refused\n',
  });
});

test('it says what a cluster lacks, and makes nothing there', async t => {
  const lacking = (what: string) => cluster(`*${what}*--ignore-not-found*) exit 0;;`);
  const neither = await start(t, lacking('')).ended;
  t.like(neither, {
    code: 1,
    stderr: 'This cluster has no Knative Serving and no Kourier; scripts/platform brings them.\n',
    changes: [],
  });
  const { stderr } = await start(t, lacking('kourier-internal')).ended;
  t.is(stderr, 'This cluster has no Kourier; scripts/platform brings them.\n');
});

test('a namespace that somebody else made is left alone', async t => {
  const theirs = JSON.stringify({ items: [{ metadata: { name: 'theirs', labels: {} } }] });
  const { ended } = start(t, cluster(`"get namespaces"*) echo '${theirs}';;`), ['--namespace', 'theirs']);
  const { code, stderr, changes } = await ended;
  t.is(code, 1);
  t.is(stderr, 'The namespace theirs is there and not of an earlier run: name another by --namespace.\n');
  t.deepEqual(changes, []);
});

test('what it made is deleted again when something fails', async t => {
  const { ended } = start(t, cluster('apply*) echo The webhook is away >&2; exit 1;;'));
  const { code, stderr, changes } = await ended;
  t.is(code, 1);
  t.regex(stderr, /The webhook is away\n$/);
  t.deepEqual(
    changes.map(call => call.split(' ')[0]),
    ['create', 'apply', 'delete'],
  );
  t.regex(changes.at(-1) ?? '', /^delete namespace traced-functions-bench /);
});

test('what it made is deleted again at Ctrl-C', async t => {
  // The Services never get ready: it waits for them until it is told to stop.
  const waiting = JSON.stringify({
    kind: 'Service',
    apiVersion: 'serving.knative.dev/v1',
    metadata: { name: 'x', generation: 2 },
  });
  const { child, calls, ended } = start(t, cluster(`"get services.serving"*) echo '${waiting}';;`));
  for await (const _ of on(child.stderr as Readable, 'data')) {
    if (calls().some(call => call.startsWith('get services'))) break;
  }
  child.kill('SIGINT');
  const { code, changes } = await ended;
  t.is(code, 130);
  t.deepEqual(
    changes.map(call => call.split(' ')[0]),
    ['create', 'apply', 'delete'],
  );
});
