import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { functionNames } from '../scripts/function-names.ts';
import {
  combined,
  isFunction,
  type KubeObject,
  kustomize,
  podSpec,
  rendered,
  top,
} from './helpers/rendered.ts';

const onceRendered = kustomize === undefined ? test.skip : test;
const registry = 'registry.example.com/traced-functions';

/** The pods of what is deployed: functions, and redis-lost. */
const pods = (objects: KubeObject[]) => objects.flatMap(object => podSpec(object) ?? []);
const images = (objects: KubeObject[]) =>
  pods(objects).flatMap(({ containers }) => containers.map(({ image }) => image));
const functionsIn = (objects: KubeObject[]) => objects.filter(isFunction);
const named = (objects: KubeObject[], kind: string) =>
  objects.filter(object => object.kind === kind).map(({ metadata }) => metadata.name);

/** What each Component does wherever it is used, and whatever else is used with it. */
const effects: Record<string, (t: ExecutionContext, objects: KubeObject[]) => void> = {
  v1(t, objects) {
    for (const image of images(objects)) t.regex(image, /\/traced-functions\/[a-z]+:v1$/);
    t.deepEqual(named(objects, 'Deployment'), ['redis-lost']);
    t.true(JSON.stringify(objects).includes('redis://redis-lost:6379'));
  },
  split(t, objects) {
    for (const { metadata, spec } of functionsIn(objects)) {
      t.is(spec?.template?.metadata?.name, `${metadata.name}-v2`);
      t.deepEqual(
        spec?.traffic?.map(({ revisionName }) => revisionName),
        [`${metadata.name}-v1`, `${metadata.name}-v2`],
      );
    }
    t.deepEqual(named(objects, 'Deployment'), ['redis-lost'], 'the Revisions v1 need it');
  },
  'split-v1'(t, objects) {
    for (const { metadata, spec } of functionsIn(objects))
      t.is(spec?.template?.metadata?.name, `${metadata.name}-v1`);
  },
  sidecar(t, objects) {
    for (const { spec } of functionsIn(objects)) {
      t.is(spec?.template?.metadata?.annotations?.['sidecar.jaegertracing.io/inject'], 'true');
      const variables = spec?.template?.spec.containers[0]?.env ?? [];
      t.is(variables.find(({ name }) => name === 'OTEL_EXPORTER_JAEGER_AGENT_HOST')?.value, 'localhost');
    }
  },
  'network-policy'(t, objects) {
    t.is(named(objects, 'NetworkPolicy').length, 7);
  },
  registry(t, objects) {
    for (const object of functionsIn(objects))
      t.true(images([object])[0]?.startsWith(`${registry}/${object.metadata.name}:`), object.metadata.name);
    for (const image of images(objects)) t.true(image.startsWith(`${registry}/`), image);
    for (const pod of pods(objects)) t.deepEqual(pod.imagePullSecrets, [{ name: 'registry' }]);
  },
};

/** In the order that the README gives: what adds objects goes before what changes them. */
const order = ['v1', 'split-v1', 'split', 'sidecar', 'network-policy', 'registry'];
/** v1 and split are versions: one of them, or v1 with the names that split needs. */
const exclusive = [
  ['v1', 'split'],
  ['split-v1', 'split'],
];

const subsets = order
  .reduce<string[][]>((sets, name) => sets.concat(sets.map(set => [...set, name])), [[]])
  .filter(set => !exclusive.some(pair => pair.every(name => set.includes(name))))
  .filter(set => !set.includes('split-v1') || set.includes('v1'));

onceRendered(
  'any variants of the functions that make sense together can be combined, and each does its part',
  t => {
    t.true(subsets.length > 30);
    for (const set of subsets) {
      const objects = combined('knative', set);
      t.deepEqual(
        functionsIn(objects)
          .map(({ metadata }) => metadata.name)
          .sort(),
        functionNames(),
      );
      for (const name of set) effects[name]?.(t, objects);
      const unique = new Set(
        objects.map(({ kind, apiVersion, metadata }) => `${apiVersion} ${kind} ${metadata.name}`),
      );
      t.is(unique.size, objects.length, set.join(' + '));
    }
  },
);

onceRendered('v1 keeps its tag whichever side of registry it is on', t => {
  const objects = functionsIn(combined('knative', ['registry', 'v1']));
  t.deepEqual(
    images(objects).sort(),
    functionNames().map(name => `${registry}/${name}:v1`),
  );
});

onceRendered('the two variants of Jaeger can be combined', t => {
  for (const both of [
    ['jaeger-badger', 'jaeger-load-balancer'],
    ['jaeger-load-balancer', 'jaeger-badger'],
  ]) {
    const objects = combined('jaeger', both);
    t.deepEqual(named(objects, 'PersistentVolumeClaim'), ['jaeger-badger']);
    const jaeger = objects.find(({ kind }) => kind === 'Jaeger');
    t.like(jaeger?.spec, { storage: { type: 'badger' }, query: { serviceType: 'LoadBalancer' } });
  }
});

onceRendered(
  'every Component has an overlay that applies it alone, and does there what it does in combinations',
  t => {
    const components = globSync('*/Kustomization', { cwd: join(top, 'overlays/components') }).map(file =>
      file.replace('/Kustomization', ''),
    );
    const folders: Record<string, string> = { 'split-v1': 'split/v1' };
    for (const name of components.filter(each => each !== 'redis-lost')) {
      const objects = rendered(`overlays/${folders[name] ?? name}`);
      t.true(objects.length > 0, name);
      effects[name]?.(t, objects);
    }
  },
);

onceRendered('the combination that docs/cluster.md shows can be rendered, in the order that it gives', t => {
  const text = readFileSync(join(top, 'docs/cluster.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  const strip = (path: string) => path.replace('traced-functions/', '').replace('overlays/components/', '');
  const { resources, components } = parse(yaml) as Record<'resources' | 'components', string[]>;
  const names = components.map(strip);
  const objects = combined(resources.map(strip)[0] ?? '', names);
  for (const name of names) effects[name]?.(t, objects);
  const [, listed = ''] = /in this order: (.*?)(?:, since|\.)/.exec(text) ?? [];
  const inText = order.map(name => listed.search(new RegExp(`(?<![\\w-])${name}(?![\\w-])`)));
  t.deepEqual(
    inText,
    inText.toSorted((a, b) => a - b),
  );
  t.true(inText.every(index => index >= 0));
});
