/** A Knative Service for an image, each setting with the reason for it. */

export interface ManifestOptions {
  image: string;
  env: Record<string, string>;
}

/** The last part of an image's name, as a name in Kubernetes. */
export function serviceName(image: string): string {
  const name = image.replace(/@.*$/, '').split('/').at(-1)?.replace(/:.*$/, '') ?? '';
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '')
      .slice(0, 63) || 'function'
  );
}

export function knativeService({ image, env }: ManifestOptions): string {
  const variables = Object.entries(env).map(
    ([name, value]) => `            - name: ${name}\n              value: ${JSON.stringify(value)}\n`,
  );
  return `# kubectl apply -f this file. Written by traced-functions build, which writes it again: copy it before you change it.
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: ${serviceName(image)}
  # labels:
  #   networking.knative.dev/visibility: cluster-local # no address outside the cluster
spec:
  template:
    metadata:
      annotations:
        autoscaling.knative.dev/min-scale: "0" # no pod without requests; "1" spares the first request the cold start
        autoscaling.knative.dev/max-scale: "10" # bounds what a burst of requests may take of the cluster
    spec:
      containerConcurrency: 100 # requests at once in a pod; fewer for a function that computes rather than waits
      timeoutSeconds: 60 # also the grace period: REQUEST_TIMEOUT_MS is 30 s, SHUTDOWN_TIMEOUT_MS 25 s
      automountServiceAccountToken: false # the function does not call Kubernetes
      enableServiceLinks: false # no variables for each Service of the namespace
      containers:
        - image: ${image}
          env:
${variables.join('')}            - name: OTEL_EXPORTER_OTLP_ENDPOINT # where spans go: an OTLP collector, such as Jaeger's
              value: http://jaeger-collector.observability.svc.cluster.local:4318
            - name: OTEL_TRACES_EXPORTER
              value: otlp
          readinessProbe: # the runtime responds itself, untraced; Knative asks every 50 ms while the pod starts
            httpGet:
              path: /healthz
          resources:
            requests:
              cpu: 50m # at rest it needs next to none
              memory: 64Mi
            limits:
              cpu: "1" # one thread does the work; less than one makes cold starts slow
              memory: 192Mi # more for a function that keeps much in memory
          securityContext: # the image needs no more: no root, no capabilities, nothing to write to
            runAsNonRoot: true
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
            seccompProfile:
              type: RuntimeDefault
`;
}
