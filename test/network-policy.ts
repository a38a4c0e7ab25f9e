import test from 'ava';
import { combined, type KubeObject, kustomize, rendered } from './helpers/rendered.ts';

const onceRendered = kustomize === undefined ? test.skip : test;

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}
interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}
interface Policy {
  podSelector: Selector;
  policyTypes: string[];
  egress?: { to?: Peer[]; ports?: { port: number }[] }[];
  ingress?: { from?: Peer[]; ports?: { port: number }[] }[];
}
type Labels = Record<string, string>;

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === 'In') return values.includes(labels[key] ?? '');
      if (operator === 'Exists') return key in labels;
      throw new Error(`the test does not know the operator ${operator}`);
    })
  );
}

const objects =
  kustomize === undefined ? [] : [...combined('knative', ['v1', 'network-policy']), ...rendered('redis')];
const policies = objects
  .filter(({ kind }) => kind === 'NetworkPolicy')
  .map(({ metadata, spec }) => ({ name: metadata.name, ...(spec as unknown as Policy) }));

/** The labels of an object's pods; Knative adds the name of the Service. */
function podLabels({ apiVersion, metadata, spec }: KubeObject): Labels | undefined {
  const labels = spec?.template?.metadata?.labels;
  const own: Labels = apiVersion.startsWith('serving.knative.dev/')
    ? { 'serving.knative.dev/service': metadata.name }
    : {};
  return labels && { ...labels, ...own };
}
const workloads = objects.flatMap(object => {
  const labels = podLabels(object);
  return labels === undefined
    ? []
    : [[object.metadata.name + (object.kind === 'Service' ? '-fn' : ''), labels] as const];
});
const peerName = ({ podSelector, namespaceSelector, ipBlock }: Peer): string => {
  if (ipBlock !== undefined) return ipBlock.except === undefined ? ipBlock.cidr : 'Internet';
  if (namespaceSelector !== undefined) return Object.values(namespaceSelector.matchLabels ?? {}).join();
  return workloads
    .filter(([, labels]) => selects(podSelector ?? {}, labels))
    .map(([name]) => name)
    .join();
};
/** What a pod with these labels may connect to, as "peer:port"; undefined: everything. */
function allowed(labels: Labels): string[] | undefined {
  const own = policies.filter(
    each => selects(each.podSelector, labels) && each.policyTypes.includes('Egress'),
  );
  if (own.length === 0) return undefined;
  return own
    .flatMap(({ egress = [] }) => egress)
    .flatMap(({ to = [{}], ports = [] }) =>
      to.flatMap(peer => ports.map(({ port }) => `${peerName(peer)}:${port}`)),
    )
    .filter((value, index, all) => all.indexOf(value) === index)
    .sort();
}

const dns = ['169.254.20.10/32:53', 'kube-system:53'];
const jaeger = ['observability:14250', 'observability:14268', 'observability:4318'];
const upstream = ['Internet:443', 'Internet:80'];
const expected: Record<string, string[]> = {
  'gateway-fn': [...dns, ...jaeger, 'kourier-system:8081', 'kourier-system:8444'],
  'root-fn': [...dns, ...jaeger],
  'alpha-fn': [...dns, ...jaeger],
  'beta-fn': [...dns, ...jaeger, ...upstream],
  'redis-fn': [...dns, ...jaeger, ...upstream, 'redis-lost:6379', 'redis-primary:6379'],
  'redis-lost': [],
  'redis-primary': [],
  'redis-secondary': [...dns, 'redis-primary:6379'],
};

onceRendered('each function and each Redis may connect to what it needs and to nothing else', t => {
  t.deepEqual(workloads.map(([name]) => name).sort(), Object.keys(expected).sort());
  for (const [name, labels] of workloads) t.deepEqual(allowed(labels), expected[name]?.sort(), name);
});

onceRendered('the Internet is without addresses that are private, of the link or of the machine', t => {
  const blocks = policies.flatMap(({ egress = [] }) =>
    egress.flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? [])),
  );
  const except = blocks.flatMap(({ except: ranges = [] }) => ranges);
  for (const range of [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '169.254.0.0/16',
    'fc00::/7',
    'fe80::/10',
  ])
    t.true(except.includes(range), range);
});

onceRendered('policies, Services and the disruption budget select no pod of anybody else’s', t => {
  const strangers: Labels[] = [
    { 'serving.knative.dev/service': 'hello', 'serving.knative.dev/revision': 'hello-00001' },
    { 'serving.knative.dev/service': 'gateway' },
    { 'serving.knative.dev/service': 'redis' },
    { app: 'redis' },
    { app: 'redis', role: 'primary' },
    { app: 'redis', role: 'secondary' },
    { app: 'redis-lost' },
    { 'app.kubernetes.io/part-of': 'another', 'app.kubernetes.io/component': 'function' },
  ];
  const selectors = objects.flatMap<Selector>(({ apiVersion, kind, spec }) => {
    if (kind === 'NetworkPolicy') return [(spec as unknown as Policy).podSelector];
    if (kind === 'PodDisruptionBudget') return [spec?.['selector'] as Selector];
    return kind === 'Service' && apiVersion === 'v1' ? [{ matchLabels: spec?.['selector'] as Labels }] : [];
  });
  const peers = policies
    .flatMap(({ ingress = [], egress = [] }) => [
      ...ingress.flatMap(({ from = [] }) => from),
      ...egress.flatMap(({ to = [] }) => to),
    ])
    .flatMap(({ podSelector }) => podSelector ?? []);
  t.true(selectors.length >= 11 && peers.length >= 6);
  for (const selector of [...selectors, ...peers])
    for (const labels of strangers)
      t.false(selects(selector, labels), `${JSON.stringify(selector)} selects ${JSON.stringify(labels)}`);
});

onceRendered('requests and metrics reach a function’s queue-proxy from Knative alone', t => {
  for (const [name, labels] of workloads.filter(([each]) => each.endsWith('-fn'))) {
    const ingress = policies
      .filter(each => selects(each.podSelector, labels) && each.policyTypes.includes('Ingress'))
      .flatMap(each => each.ingress ?? []);
    t.is(ingress.length, 1, name);
    const [namespaces] = ingress[0]?.from?.[0]?.namespaceSelector?.matchExpressions ?? [];
    t.deepEqual(namespaces?.values, ['knative-serving', 'kourier-system']);
    t.deepEqual(
      ingress[0]?.ports?.map(({ port }) => port),
      [8012, 8013, 8112, 9090],
    );
  }
});

onceRendered('the three Redis pods are spread over nodes, and one node still takes all of them', t => {
  const sets = objects.filter(({ kind }) => kind === 'StatefulSet');
  t.is(sets.length, 2);
  for (const set of sets) {
    const constraints = set.spec?.template?.spec.topologySpreadConstraints ?? [];
    t.like(constraints[0], { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' });
    const selected = sets.filter(each => selects(constraints[0]?.labelSelector ?? {}, podLabels(each) ?? {}));
    t.is(selected.length, 2, 'both sets count for it');
  }
});
