import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  folders,
  type KubeObject,
  kustomize,
  objectsIn,
  podSpec,
  rendered,
  top,
} from './helpers/rendered.ts';
import { crdValidator, goModule, kubernetesSchemas, kubernetesValidator } from './helpers/schemas.ts';

// What is missing on this machine is skipped; CI brings all of it.
const objects = kustomize === undefined ? [] : folders.flatMap(rendered);
const serving = goModule('knative.dev/serving@v0.50.0');
const operator = goModule('github.com/jaegertracing/jaeger-operator@v1.65.0');

const where = (condition: boolean) => (condition && objects.length > 0 ? test : test.skip);
const isKnative = ({ apiVersion }: KubeObject) => apiVersion === 'serving.knative.dev/v1';
const isJaeger = ({ apiVersion }: KubeObject) => apiVersion === 'jaegertracing.io/v1';

function fits(t: ExecutionContext, object: KubeObject, validate = kubernetesValidator(object)): void {
  const fine = validate(object);
  const wrong = validate.errors?.map(
    error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
  t.true(fine, `${object.kind} ${object.metadata.name}: ${wrong?.join('; ')}`);
}

where(kubernetesSchemas !== undefined)('every object of Kubernetes’ own kinds fits its schema', t => {
  const own = objects.filter(object => !isKnative(object) && !isJaeger(object));
  t.true(own.length > 0);
  for (const object of own) fits(t, object);
});

where(kubernetesSchemas !== undefined)('the schema refuses a field that there is none of', t => {
  const [service] = objects.filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1');
  const wrong = { ...(service as KubeObject), spec: { ...service?.spec, selektor: {} } };
  t.false(kubernetesValidator(wrong)(wrong));
});

where(serving !== undefined)('every function fits the CRD of Knative', t => {
  const validate = crdValidator(join(serving as string, 'config/core/300-resources/service.yaml'), 'v1');
  const functions = objects.filter(isKnative);
  t.true(functions.length > 0);
  for (const object of functions) fits(t, object, validate);
  const wrong = structuredClone(functions[0]) as KubeObject;
  Object.assign(podSpec(wrong) as object, { terminationGracePeriodSeconds: 60 });
  t.false(validate(wrong));
});

where(operator !== undefined)('every Jaeger fits the CRD of the operator', t => {
  const validate = crdValidator(
    join(operator as string, 'config/crd/bases/jaegertracing.io_jaegers.yaml'),
    'v1',
  );
  const jaegers = objects.filter(isJaeger);
  t.true(jaegers.length > 0);
  for (const object of jaegers) fits(t, object, validate);
  const wrong = structuredClone(jaegers[0]) as KubeObject;
  Object.assign(wrong.spec as object, { al1InOne: {} });
  t.false(validate(wrong));
});

where(operator !== undefined)(
  'the operator’s manifest loses the image that is no more, and nothing else',
  t => {
    const [command, verb] = kustomize as [string, string];
    const build = (folder: string) =>
      execFileSync(command, [verb, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const folder = mkdtempSync(join(tmpdir(), 'jaeger-operator-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const released = build(join(operator as string, 'config/default'));
    const kustomization = readFileSync(join(top, 'jaeger/operator/Kustomization'), 'utf8');
    writeFileSync(join(folder, 'jaeger-operator.yaml'), released);
    writeFileSync(join(folder, 'Kustomization'), kustomization.replace(/https:\S+\//, ''));
    copyFileSync(join(top, 'jaeger/operator/namespace.yaml'), join(folder, 'namespace.yaml'));

    const before = objectsIn(released);
    const after = objectsIn(build(folder));
    t.deepEqual(
      after
        .filter(({ kind }) => kind !== 'Namespace')
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .sort(),
      before.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(),
    );
    const images = after.flatMap(object => podSpec(object)?.containers.map(({ image }) => image) ?? []);
    t.deepEqual(images.sort(), [
      'quay.io/brancz/kube-rbac-proxy:v0.13.1',
      'quay.io/jaegertracing/jaeger-operator:1.65.0',
    ]);
  },
);
