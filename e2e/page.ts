import type { KubeObject } from './objects.ts';

const labels = { app: 'page' };

/** How long the page takes, in ms: about what a search page does. */
const delayMs = 120;

/** Where the functions' images have their Node. */
export const node = '/nodejs/bin/node';

/** The page's program: 60 headers, so that the first 50 are a choice, and worth keeping for a minute. */
const program = `
const headers = { 'cache-control': 'max-age=60' };
for (let i = 1; i <= 60; i++) headers['x-page-' + i] = 'value ' + i;
require('node:http').createServer((req, res) => {
  if (req.url === '/healthz') return void res.end();
  setTimeout(() => res.writeHead(200, headers).end('a page'), ${delayMs});
}).listen(8080);
`;

export const securityContext = {
  runAsNonRoot: true,
  runAsUser: 65532,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Lets the functions GET it where overlays/network-policy allows them the Internet alone. */
export const pagePolicy: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'page-egress' },
  spec: {
    podSelector: {
      matchExpressions: [{ key: 'serving.knative.dev/service', operator: 'In', values: ['beta', 'redis'] }],
    },
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 8080 }] }],
  },
};

/** A page to GET that is in the cluster, since a cluster may have no way out. */
export function page(image: string): KubeObject[] {
  const container = {
    name: 'page',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: [node, '-e', program],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 2 },
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    securityContext,
  };
  const spec = { automountServiceAccountToken: false, enableServiceLinks: false, containers: [container] };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'page' },
      spec: { selector: { ...labels } as never, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'page' },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  ];
}

export const pageUrl = (namespace: string): string =>
  `http://page.${namespace}.svc.cluster.local/search?q=python`;
