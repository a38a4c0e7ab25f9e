/** Of Kubernetes' objects: what is read or changed here. */

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: unknown;
}

export interface Container {
  name?: string;
  image: string;
  env?: EnvVar[];
  [field: string]: unknown;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: object;
  terminated?: { reason?: string; message?: string; exitCode: number };
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    generation?: number;
    deletionTimestamp?: string;
  };
  data?: Record<string, string>;
  spec?: {
    replicas?: number;
    template?: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      spec?: { containers: Container[] };
    };
    selector?: { matchLabels?: Record<string, string> };
    [field: string]: unknown;
  };
  status?: {
    url?: string;
    phase?: string;
    observedGeneration?: number;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
    readyReplicas?: number;
    updatedReplicas?: number;
    traffic?: { revisionName?: string; percent?: number; tag?: string; url?: string }[];
  };
  [field: string]: unknown;
}

/** A Knative Service, and not Kubernetes' own. */
export const isKnativeService = (object: KubeObject): boolean =>
  object.kind === 'Service' && object.apiVersion.startsWith('serving.knative.dev/');

/** Sets variables in every container of an object's pods. */
export function setEnv(object: KubeObject, values: Record<string, string>): void {
  for (const container of object.spec?.template?.spec?.containers ?? []) {
    const kept = (container.env ?? []).filter(({ name }) => !(name in values));
    container.env = [...kept, ...Object.entries(values).map(([name, value]) => ({ name, value }))];
  }
}

/** Annotates the pods of an object. */
export function annotatePods(object: KubeObject, annotations: Record<string, string>): void {
  const template = object.spec?.template;
  if (template === undefined) return;
  template.metadata = {
    ...template.metadata,
    annotations: { ...template.metadata?.annotations, ...annotations },
  };
}
