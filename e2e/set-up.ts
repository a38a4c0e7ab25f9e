import { randomBytes } from 'node:crypto';
import { apply, type Forward, forward, KubectlError, kubectl, read, render } from './kubectl.ts';
import type { Options } from './options.ts';
import { page } from './page.ts';
import { awaitReady } from './ready.ts';
import { progress } from './report.ts';
import { deploy, folder, type Run } from './run.ts';
import { Jaeger } from './trace.ts';

const label = 'traced-functions/e2e';

async function exists(...args: string[]): Promise<boolean> {
  return (await kubectl(['get', ...args, '--ignore-not-found', '-o', 'name'])).trim() !== '';
}

/** @throws KubectlError with what has to be there before */
async function checkPlatform(): Promise<void> {
  const context = await kubectl(['version', '-o', 'json']);
  const { serverVersion } = JSON.parse(context) as { serverVersion?: { gitVersion: string } };
  progress(`Kubernetes ${serverVersion?.gitVersion}`);
  const needed: [string, string[]][] = [
    ['Knative Serving', ['crd', 'services.serving.knative.dev']],
    ['Kourier', ['service', '-n', 'kourier-system', 'kourier']],
    ['the Jaeger of jaeger/', ['service', '-n', 'observability', 'jaeger-query']],
  ];
  for (const [what, args] of needed) {
    if (!(await exists(...args)))
      throw new KubectlError(`${what} is not in this cluster; scripts/platform and scripts/deploy bring it.`);
  }
  const { data = {} } = await read(['configmap', '-n', 'knative-serving', 'config-observability']);
  if (!data['tracing-endpoint']) {
    throw new KubectlError(
      'Knative sends no spans: config-observability has no tracing-endpoint; scripts/deploy sets it.',
    );
  }
}

/** A namespace that somebody else made is never touched, and certainly not deleted. */
async function makeNamespace(namespace: string): Promise<void> {
  if (await exists('namespace', namespace)) {
    const { metadata } = await read(['namespace', namespace]);
    if (metadata.labels?.[label] === undefined) {
      throw new KubectlError(
        `The namespace ${namespace} is there and not of an earlier run: name another by --namespace.`,
      );
    }
    progress(`deleting what an earlier run left in ${namespace}`);
    await kubectl(['delete', 'namespace', namespace, '--wait']);
  }
  const made = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { [label]: 'true' } },
  };
  await kubectl(['create', '-f', '-'], JSON.stringify(made));
}

async function deployAll(namespace: string, pageImage: string): Promise<void> {
  progress('applying redis, the page and knative');
  const stringData = { password: randomBytes(24).toString('hex') };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'redis-auth' }, stringData };
  const beside = [...(await render(folder('redis'), namespace)), ...page(pageImage)];
  await apply(namespace, [secret, ...beside]);
  await awaitReady(namespace, beside);
  await deploy(namespace, 'knative');
}

async function openWays({ namespace, pageImage }: Options, forwards: Forward[]): Promise<Run> {
  const open = async (...args: string[]) => {
    const opened = await forward('-n', ...args);
    forwards.push(opened);
    return opened.port;
  };
  const outside = await open('kourier-system', 'svc/kourier', '80');
  const within = await open('kourier-system', 'svc/kourier-internal', '80');
  const query = await open('observability', 'svc/jaeger-query', '16686');
  const { status } = await read(['services.serving.knative.dev', 'gateway', '-n', namespace]);
  const host = new URL(status?.url ?? '').host;
  progress(`the gateway is ${status?.url}`);
  return {
    namespace,
    gateway: { port: outside, host },
    inside: name => ({ port: within, host: name }),
    jaeger: new Jaeger(query),
    pageImage,
  };
}

export interface SetUp {
  run: Run;
  /** Deletes what was made, unless it is to be kept. */
  tearDown(): Promise<void>;
}

/** Deploys everything and opens the ways to it. Whatever fails, and at Ctrl-C, what was made is taken down again. */
export async function setUp(options: Options): Promise<SetUp> {
  const { namespace, keep } = options;
  const forwards: Forward[] = [];
  let ended: Promise<void> | undefined;
  const end = async () => {
    for (const opened of forwards) opened.stop();
    if (keep) return progress(`everything stays in the namespace ${namespace}`);
    progress(`deleting the namespace ${namespace}`);
    await kubectl(['delete', 'namespace', namespace, '--wait']);
  };
  const tearDown = () => {
    ended ??= end();
    return ended;
  };
  await checkPlatform();
  await makeNamespace(namespace);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => tearDown().finally(() => process.exit(130)));
  try {
    await deployAll(namespace, options.pageImage);
    return { run: await openWays(options, forwards), tearDown };
  } catch (error) {
    await tearDown();
    throw error;
  }
}
