import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { settings as exercise } from '../functions/shared/settings.ts';
import type { Setting } from '../packages/runtime/src/setting.ts';
import { readConfig, settings } from '../packages/runtime/src/settings.ts';
import { exporter } from '../scripts/bundle.ts';
import { functionNames } from '../scripts/function-names.ts';
import {
  folders,
  isFunction,
  type KubeObject,
  kustomize,
  objectsIn,
  podSpec,
  rendered,
  top,
} from './helpers/rendered.ts';

const onceRendered = kustomize === undefined ? test.skip : test;
const cache = new Map<string, KubeObject[]>();

/** A folder's objects, rendered once. */
function objectsOf(folder: string): KubeObject[] {
  const objects = cache.get(folder) ?? rendered(folder);
  cache.set(folder, objects);
  return objects;
}

const functions = functionNames();
const functionsOf = (folder: string): KubeObject[] => objectsOf(folder).filter(isFunction);
const container = (object: KubeObject) => podSpec(object)?.containers[0];
const environment = (object: KubeObject) => container(object)?.env ?? [];
const withFunctions = [
  'knative',
  'overlays/v1',
  'overlays/split',
  'overlays/split/v1',
  'overlays/sidecar',
  'overlays/network-policy',
  'overlays/registry',
];

for (const folder of folders) {
  const each = (
    t: { true(value: boolean, message?: string): unknown },
    check: (object: KubeObject) => boolean | undefined,
  ) => {
    for (const object of objectsOf(folder))
      t.true(check(object) ?? true, `${object.kind} ${object.metadata.name}`);
  };

  onceRendered(`${folder} can be built and holds each object once`, t => {
    const names = objectsOf(folder).map(
      ({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`,
    );
    t.true(names.length > 0);
    t.is(new Set(names).size, names.length);
  });

  onceRendered(`every container of ${folder} runs as no root, with a read-only root and no privileges`, t => {
    each(t, object => {
      const pod = podSpec(object);
      return pod?.containers.every(({ securityContext: own = {} }) => {
        const { runAsNonRoot, seccompProfile } = { ...pod.securityContext, ...own };
        const confined = runAsNonRoot === true && seccompProfile?.type === 'RuntimeDefault';
        const bare = own.capabilities?.drop?.includes('ALL') === true && own.capabilities.add === undefined;
        return (
          confined && bare && own.readOnlyRootFilesystem === true && own.allowPrivilegeEscalation === false
        );
      });
    });
  });

  onceRendered(`every container of ${folder} has requests and limits of CPU and memory`, t => {
    each(t, object =>
      podSpec(object)?.containers.every(({ resources }) =>
        [resources?.requests, resources?.limits].every(
          amounts => amounts?.['cpu'] !== undefined && amounts['memory'] !== undefined,
        ),
      ),
    );
  });

  onceRendered(`every image of ${folder} has a tag, and none is latest`, t => {
    each(t, object => podSpec(object)?.containers.every(({ image }) => /:(?!latest$)[\w.-]+$/.test(image)));
  });

  onceRendered(`no pod of ${folder} has a token for Kubernetes or its neighbours’ addresses`, t => {
    each(t, object => {
      const pod = object.kind === 'Jaeger' ? undefined : podSpec(object);
      return pod && pod.automountServiceAccountToken === false && pod.enableServiceLinks === false;
    });
  });

  onceRendered(`${folder} holds no Secret`, t => each(t, object => object.kind !== 'Secret'));

  if (folder.includes('jaeger')) continue; // there is one for the whole cluster
  onceRendered(`${folder} leaves the namespace to whoever applies it`, t =>
    each(t, object => object.metadata.namespace === undefined),
  );
}

test('every function has a file in knative of its own, with its name and nothing else in it', t => {
  t.deepEqual(
    globSync('*.yaml', { cwd: join(top, 'knative') }).sort(),
    functions.map(name => `${name}.yaml`),
  );
  for (const name of functions) {
    const objects = objectsIn(readFileSync(join(top, 'knative', `${name}.yaml`), 'utf8'));
    t.deepEqual(
      objects.map(object => [isFunction(object), object.metadata.name]),
      [[true, name]],
    );
    t.is(container(objects[0] as KubeObject)?.image, `dev.local/traced-functions/${name}:v2`);
  }
});

test('kubectl apply -f reads every manifest and no Kustomization', t => {
  t.deepEqual(globSync('{knative,overlays,jaeger,redis}/**/[kK]ustomization.*', { cwd: top }), []);
  for (const file of globSync('{knative,redis}/*.yaml', { cwd: top })) {
    t.notThrows(() => objectsIn(readFileSync(join(top, file), 'utf8')), file);
    const { resources } = parse(readFileSync(join(top, file, '../Kustomization'), 'utf8')) as {
      resources: string[];
    };
    t.true(resources.includes(file.split('/')[1] as string), file);
  }
});

for (const folder of withFunctions) {
  onceRendered(`only the gateway of ${folder} is reached from outside`, t => {
    for (const object of functionsOf(folder)) {
      const visibility = object.metadata.labels?.['networking.knative.dev/visibility'];
      t.is(
        visibility,
        object.metadata.name === 'gateway' ? undefined : 'cluster-local',
        object.metadata.name,
      );
    }
    t.deepEqual(
      functionsOf(folder)
        .map(object => object.metadata.name)
        .sort(),
      functions,
    );
  });

  onceRendered(
    `the environment of ${folder} is settings that the runtime knows, with values it can use`,
    t => {
      const all: Setting<unknown>[] = Object.values({ ...settings, ...exercise });
      const known = new Map(all.map(setting => [setting.name, setting]));
      for (const object of functionsOf(folder)) {
        for (const { name, value } of environment(object)) {
          if (name === 'OTEL_EXPORTER_JAEGER_AGENT_HOST') continue; // the exporter reads it itself
          t.true(known.has(name), `${object.metadata.name} ${name}`);
          if (value !== undefined)
            t.notThrows(() => known.get(name)?.parse(value), `${object.metadata.name} ${name}`);
        }
      }
    },
  );

  onceRendered(
    `a revision of ${folder} has time for a request’s whole deadline, and to drain and flush at its end`,
    t => {
      const drainSeconds = 30; // how long queue-proxy keeps a stopping pod before it gets SIGTERM
      for (const object of functionsOf(folder)) {
        const seconds = podSpec(object)?.timeoutSeconds ?? 0;
        t.true(seconds * 1000 > readConfig({}).requestTimeoutMs);
        t.true(seconds >= drainSeconds + Number(settings.shutdownTimeoutMs.fallback) / 1000);
      }
    },
  );

  onceRendered(
    `each function of ${folder} says when it is ready, how much it takes at once and how far it scales`,
    t => {
      for (const object of functionsOf(folder)) {
        t.is(container(object)?.readinessProbe?.httpGet?.path, '/healthz');
        t.true((podSpec(object)?.containerConcurrency ?? 0) > 0);
        t.regex(
          object.spec?.template?.metadata?.annotations?.['autoscaling.knative.dev/max-scale'] ?? '',
          /^\d+$/,
        );
      }
    },
  );
}

onceRendered('v1 is the images tagged v1, and a lost primary that redis waits for', t => {
  for (const object of functionsOf('overlays/v1')) t.regex(container(object)?.image ?? '', /:v1$/);
  const redis = functionsOf('overlays/v1').find(object => object.metadata.name === 'redis') as KubeObject;
  const lost = environment(redis).find(({ name }) => name === 'REDIS_LOST_URL')?.value;
  t.is(lost, 'redis://redis-lost:6379');
  t.true(
    objectsOf('overlays/v1').some(
      object => object.kind === 'Service' && object.metadata.name === 'redis-lost',
    ),
  );
});

onceRendered(
  'split gives each of the Revisions v1 and v2 half of the requests and an address of its own',
  t => {
    for (const [folder, version] of [
      ['overlays/split/v1', 'v1'],
      ['overlays/split', 'v2'],
    ] as const) {
      for (const { metadata, spec } of functionsOf(folder))
        t.is(spec?.template?.metadata?.name, `${metadata.name}-${version}`);
    }
    for (const { metadata, spec } of functionsOf('overlays/split')) {
      const half = (tag: string) => ({ revisionName: `${metadata.name}-${tag}`, tag, percent: 50 });
      t.deepEqual(spec?.traffic, [half('v1'), half('v2')]);
    }
  },
);

onceRendered(
  'whatever uses a Secret waits until it exists: Redis, and in every variant the function redis',
  t => {
    const variants = ['redis', ...withFunctions].map(folder => [folder, objectsOf(folder)] as const);
    for (const [folder, objects] of variants) {
      const references = objects
        .flatMap(environment)
        .flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
      t.is(references.length, folder === 'redis' ? 4 : 1, folder);
      for (const reference of references) t.deepEqual(reference, { name: 'redis-auth', key: 'password' });
    }
  },
);

onceRendered('functions, Knative and Kourier send to the Jaeger that the operator makes', t => {
  const [jaeger] = objectsOf('jaeger') as [KubeObject];
  const collector = `http://${jaeger.metadata.name}-collector.${jaeger.metadata.namespace}.svc.cluster.local`;
  const expected = {
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${collector}:14268/api/traces`,
  };
  for (const object of functionsOf('knative')) {
    const given = Object.fromEntries(environment(object).map(({ name, value }) => [name, value]));
    t.like(given, expected, object.metadata.name);
  }
  t.deepEqual(exporter, expected, 'of the images');
  for (const object of objectsOf('jaeger/knative-tracing')) {
    t.like(object, { data: { 'tracing-endpoint': `${collector}:4318/v1/traces` } });
  }
});
