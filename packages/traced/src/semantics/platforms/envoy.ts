/** Envoy's spans, and those of meshes and ingresses made of it: Istio's gateways and sidecars. */
import { memoizedTest } from '../memoize.ts';
import type { Platform } from './platform.ts';

const isGateway = memoizedTest(/^(istio-ingressgateway|istio-egressgateway|envoy|front-envoy)\b/i);

export const envoy: Platform = {
  isOwn: ({ service }) => isGateway(service),
};
