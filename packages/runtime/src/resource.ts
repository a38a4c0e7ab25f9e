import { hostname } from 'node:os';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import pkg from '../package.json' with { type: 'json' };
import { uuid } from './ids.ts';
import { namespace } from './kubernetes.ts';

/** What of Kubernetes a pod knows of itself without asking the API server. */
function kubernetes(env: NodeJS.ProcessEnv): Record<string, string> {
  if (!env['KUBERNETES_SERVICE_HOST']) return {};
  return { 'k8s.pod.name': hostname(), 'k8s.namespace.name': namespace() };
}

/**
 * Describes this process to whoever reads its spans. The service is `<function>-fn`, since Knative's queue-proxy
 * reports under the Service's own name; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win.
 */
export function functionResource(target: string, env: NodeJS.ProcessEnv = process.env): Resource {
  const own = resourceFromAttributes({
    'service.name': `${target}-fn`,
    'service.version': pkg.version,
    'service.instance.id': uuid(),
    'faas.name': env['K_SERVICE'] || target,
    ...(env['K_REVISION'] ? { 'faas.version': env['K_REVISION'] } : {}),
    'process.pid': process.pid,
    ...kubernetes(env),
  });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}
