import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const top = fileURLToPath(new URL('../..', import.meta.url));

export interface Container {
  name?: string;
  image: string;
  env?: {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: { name: string; key: string; optional?: boolean } };
  }[];
  readinessProbe?: { httpGet?: { path?: string } };
  resources?: Record<'requests' | 'limits', Record<string, string | number> | undefined>;
  securityContext?: SecurityContext;
  volumeMounts?: { mountPath: string; readOnly?: boolean }[];
}

export interface SecurityContext {
  runAsNonRoot?: boolean;
  allowPrivilegeEscalation?: boolean;
  readOnlyRootFilesystem?: boolean;
  privileged?: boolean;
  capabilities?: { drop?: string[]; add?: string[] };
  seccompProfile?: { type: string };
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  timeoutSeconds?: number;
  containerConcurrency?: number;
  imagePullSecrets?: { name: string }[];
  securityContext?: SecurityContext;
  topologySpreadConstraints?: {
    topologyKey: string;
    whenUnsatisfiable: string;
    labelSelector: { matchLabels: Record<string, string> };
  }[];
  containers: Container[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: {
    template?: {
      metadata?: { name?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
      spec: PodSpec;
    };
    traffic?: { revisionName?: string; tag?: string; percent?: number }[];
    [field: string]: unknown;
  };
}

const runs = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** The command that renders a Kustomization on this machine; undefined where there is none. */
export const kustomize: [string, string] | undefined = runs('kustomize', 'version')
  ? ['kustomize', 'build']
  : runs('kubectl', 'kustomize', '--help')
    ? ['kubectl', 'kustomize']
    : undefined;

/** Every folder with a Kustomization, from the top, whose resources are all in this repository; without Components. */
export const folders = globSync('{knative,overlays,jaeger,redis}/**/Kustomization', { cwd: top })
  .map(file => dirname(file))
  .filter(folder => folder !== 'jaeger/operator' && !folder.startsWith('overlays/components'))
  .sort();

/** What a YAML text holds, document by document. */
export const objectsIn = (yaml: string): KubeObject[] =>
  parseAllDocuments(yaml, { uniqueKeys: false })
    .map(document => document.toJS() as KubeObject | null)
    .filter(object => object !== null);

/** The objects that a folder renders to. @throws what the command said, where it fails */
export function rendered(folder: string): KubeObject[] {
  const [command, verb] = kustomize as [string, string];
  const yaml = execFileSync(command, [verb, resolve(top, folder)], { encoding: 'utf8', stdio: 'pipe' });
  return objectsIn(yaml);
}

/** What a Kustomization of somebody's own renders to, with Components of overlays/components on a base. */
export function combined(base: string, components: readonly string[]): KubeObject[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'combined-')));
  try {
    const path = (name: string) => relative(folder, join(realpathSync(top), name));
    const kustomization = {
      resources: [path(base)],
      components: components.map(name => path(`overlays/components/${name}`)),
    };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    return rendered(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const isFunction = (object: KubeObject): boolean =>
  object.kind === 'Service' && object.apiVersion === 'serving.knative.dev/v1';

/** The pods that an object makes, in Kubernetes' terms; a Jaeger's own fields are put in their place. */
export function podSpec(object: KubeObject): PodSpec | undefined {
  if (object.kind !== 'Jaeger' || object.spec === undefined) return object.spec?.template?.spec;
  const { containerSecurityContext, securityContext, ...container } = object.spec['allInOne'] as Container & {
    securityContext: SecurityContext;
    containerSecurityContext: SecurityContext;
  };
  return { securityContext, containers: [{ ...container, securityContext: containerSecurityContext }] };
}
