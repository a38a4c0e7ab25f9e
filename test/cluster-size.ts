import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { isFunction, type KubeObject, kustomize, podSpec, rendered, top } from './helpers/rendered.ts';

const onceRendered = kustomize === undefined ? test.skip : test;
const read = (file: string) => readFileSync(join(top, file), 'utf8');

/** A quantity of CPU in thousandths. */
const millis = (cpu = ''): number => (cpu.endsWith('m') ? Number.parseFloat(cpu) : Number(cpu) * 1000);

/** What all pods of some objects request, CPU in thousandths and memory in Mi. */
function requests(objects: KubeObject[]): { cpu: number; memory: number } {
  let [cpu, memory] = [0, 0];
  for (const object of objects) {
    const replicas = Number(object.spec?.['replicas'] ?? 1);
    for (const { resources } of podSpec(object)?.containers ?? []) {
      cpu += replicas * millis(String(resources?.requests?.['cpu']));
      memory += replicas * Number.parseFloat(String(resources?.requests?.['memory']));
    }
  }
  return { cpu, memory };
}

/** Of Knative's defaults and the pinned releases; the test of the whole cluster would tell if they changed. */
const queueProxy = 25;
const platform = 600 + 400 + 105;

onceRendered('docs/cluster.md and the README say what the manifests request', t => {
  const functions = rendered('knative').filter(isFunction);
  const [ours, redis, jaeger] = [functions, rendered('redis'), rendered('jaeger')].map(requests) as [
    ReturnType<typeof requests>,
    ReturnType<typeof requests>,
    ReturnType<typeof requests>,
  ];
  const text = read('docs/cluster.md');
  const row = (what: string, { cpu, memory }: { cpu: number; memory: number }) =>
    t.true(text.includes(`| ${what} | ${cpu}m | ${memory}Mi |`), `${what}: ${cpu}m ${memory}Mi`);
  row('Jaeger', jaeger);
  row('Redis, three pods', redis);
  row('the five functions', ours);
  const proxies = functions.length * queueProxy;
  t.true(text.includes(`| Knative's queue-proxy in their pods, ${queueProxy}m each | ${proxies}m | |`));
  const all = platform + jaeger.cpu + redis.cpu + ours.cpu + proxies;
  t.true(text.includes(`| **together** | **${all}m** | |`), String(all));
  t.true(text.includes(`a change of all five needs another ${ours.cpu + proxies}m`));
  t.true(read('README.md').includes(`all pods together request ${(all / 1000).toFixed(2)} CPUs`));
  const most = functions.reduce((sum, { spec }) => {
    const { annotations } = spec?.template?.metadata ?? {};
    return sum + Number(annotations?.['autoscaling.knative.dev/max-scale']);
  }, 0);
  const cpu = (most * (ours.cpu / functions.length + queueProxy)) / 1000;
  t.true(text.includes(`the functions scale to ${most} pods, which request ${cpu} CPUs`), `${most} ${cpu}`);
});

test('the sizes of the virtual machine and of the containers are those that are written down', t => {
  const text = read('docs/cluster.md');
  const vagrantfile = read('Vagrantfile');
  const [, cpus] = /'CPUS', '(\d+)'/.exec(vagrantfile) ?? [];
  const [, memory] = /'MEMORY', '(\d+)'/.exec(vagrantfile) ?? [];
  t.true(text.includes(`\`vagrant up\` takes ${cpus} CPUs and ${Number(memory) / 1024} GB`));
  t.true(
    vagrantfile.includes('CPUS=4 MEMORY=6144 vagrant up') && text.includes('CPUS=4 MEMORY=6144 vagrant up'),
  );
  t.deepEqual([...new Set(read('compose.yaml').match(/mem_limit: \w+/g))].sort(), [
    'mem_limit: 160m',
    'mem_limit: 1g',
    'mem_limit: 256m',
  ]);
});
