/** The Knative Services that are measured: root's own, and the baselines in its place. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { annotatePods, type Container, type KubeObject } from '../../e2e/objects.ts';
import { helloVariants, type VariantName } from '../variants.ts';

export const clusterVariants = [
  'plain',
  'framework',
  'node-sdk',
  'jaeger',
] as const satisfies readonly VariantName[];
export type ClusterVariant = (typeof clusterVariants)[number];

export interface Images {
  /** The function's. */
  root: string;
  baselines: string;
}

export const imagesFrom = ({ registry, tag }: { registry: string; tag: string }): Images => ({
  root: `${registry}/root:${tag}`,
  baselines: `${registry}/baselines:bench`,
});

/** So that a variant can be measured again soon; how long a start takes does not depend on it. */
const scaleDown = {
  'autoscaling.knative.dev/window': '6s',
  'autoscaling.knative.dev/scale-to-zero-pod-retention-period': '0s',
};

export const readRoot = (): KubeObject =>
  parse(readFileSync(new URL('../../knative/root.yaml', import.meta.url), 'utf8'));

/** What runs in a variant's container, in the place of the image, the command and the variables of root's. */
function contents(name: ClusterVariant, own: Container, images: Images): Partial<Container> {
  if (name === 'jaeger') return { image: images.root };
  const endpoint = own.env?.find(each => each.name === 'OTEL_EXPORTER_JAEGER_ENDPOINT')?.value ?? '';
  const thrift = endpoint.replace(/\/api\/traces$/, '');
  const { args, env } = helloVariants({ baselines: '', bundles: '', otlp: '', thrift })[name];
  return {
    image: images.baselines,
    args: ['node', ...args],
    env: Object.entries(env).map(([key, value]) => ({ name: key, value: value ?? '' })),
  };
}

/** A variant in root's pod: its limits, its probe, its security context. */
export function serviceOf(name: ClusterVariant, root: KubeObject, images: Images): KubeObject {
  const service = structuredClone(root);
  service.metadata.name = name;
  for (const container of service.spec?.template?.spec?.containers ?? [])
    Object.assign(container, contents(name, container, images));
  annotatePods(service, scaleDown);
  return service;
}
