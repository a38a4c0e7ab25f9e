/** The files of a new function. */

export interface NewFunction {
  /** A name in Kubernetes, too. */
  name: string;
  kind: 'http' | 'cloudevent';
  language: 'typescript' | 'javascript';
  /** Where npm finds the two packages, as package.json names them. */
  packages: { runtime: string; traced: string };
}

type Files = Record<string, string>;

/** The first Node that runs TypeScript without a flag; the runtime itself needs 22.15. */
const nodeFor = { typescript: '22.18', javascript: '22.15' };

/** The Node that a new function needs, where `version`, such as 20.20.2, is older; otherwise undefined. */
export function newerNodeFor(language: NewFunction['language'], version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = nodeFor[language].split('.').map(Number);
  const isOlder = major < leastMajor || (major === leastMajor && minor < leastMinor);
  return isOlder ? nodeFor[language] : undefined;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function packageJson({ name, kind, language, packages }: NewFunction): string {
  const ext = language === 'typescript' ? 'ts' : 'js';
  return json({
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    main: `index.${ext}`,
    engines: { node: `>=${nodeFor[language]}` },
    scripts: {
      start: `traced-functions --target=${name}`,
      dev: `traced dev --try ${kind === 'http' ? "'/?name=Ada'" : 'event.json'}`,
      test: 'ava',
      build: `traced-functions build --image ${name}`,
    },
    dependencies: { '@traced-functions/runtime': packages.runtime },
    devDependencies: { '@traced-functions/traced': packages.traced, ava: '8.0.1' },
    ava: { files: [`test.${ext}`], extensions: [ext], workerThreads: false },
  });
}

function httpFunction({ name, language }: NewFunction): string {
  const types = language === 'typescript' ? 'type Request, type Response, ' : '';
  const [req, res] = language === 'typescript' ? ['req: Request', 'res: Response'] : ['req', 'res'];
  return `import { http, ${types}tracer } from '@traced-functions/runtime';

http('${name}', (${req}, ${res}) => {
  // A span of your own, below the request's.
  tracer.startActiveSpan('greet', span => {
    const name = String(req.query['name'] ?? 'World');
    span.setAttribute('greeting.length', name.length);
    res.json({ greeting: \`Hello \${name}!\` });
    span.end();
  });
});
`;
}

function httpTest({ name }: NewFunction): string {
  return `import { startFunction } from '@traced-functions/runtime/testing';
import test from 'ava';

const fn = await startFunction({ target: '${name}' });
test.after.always(() => fn.close());

test('greets by name, with a span of its own below the request’s', async t => {
  const response = await fn.fetch('/?name=Ada');
  t.is(response.status, 200);
  t.deepEqual(await response.json(), { greeting: 'Hello Ada!' });
  const [request, greet] = await fn.spans(response);
  t.is(request?.name, 'GET /${name}');
  t.is(greet?.name, 'greet');
  t.is(greet?.parentId, request?.spanId);
  t.is(greet?.attributes['greeting.length'], 3);
});
`;
}

function eventFunction({ name, language }: NewFunction): string {
  const imported = language === 'typescript' ? 'type CloudEvent, cloudEvent, log' : 'cloudEvent, log';
  const type = language === 'typescript' ? ': CloudEvent<{ name?: string }>' : '';
  return `import { ${imported} } from '@traced-functions/runtime';

cloudEvent('${name}', (event${type}) => {
  log.info('received', { type: event.type, id: event.id });
  return \`Hello \${event.data?.name ?? 'World'}!\`;
});
`;
}

function eventTest({ name }: NewFunction): string {
  return `import { startFunction } from '@traced-functions/runtime/testing';
import test from 'ava';

const fn = await startFunction({ target: '${name}' });
test.after.always(() => fn.close());

test('greets who is in the event, with a span for the event', async t => {
  const headers = {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-type': 'com.example.greeting',
    'ce-source': '/test',
  };
  const response = await fn.fetch('/', { method: 'POST', headers, body: '{"name":"Ada"}' });
  t.is(await response.text(), 'Hello Ada!');
  const [request, event] = await fn.spans(response);
  t.is(event?.name, 'CloudEvents Process com.example.greeting');
  t.is(event?.parentId, request?.spanId);
  t.is(event?.attributes['cloudevents.event_id'], '1');
});
`;
}

function service({ name }: NewFunction): string {
  return `# kubectl apply -f knative
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: ${name}
  # labels:
  #   networking.knative.dev/visibility: cluster-local # no address outside the cluster
spec:
  template:
    metadata:
      annotations:
        autoscaling.knative.dev/max-scale: "10" # bounds what a burst of requests may take of the cluster
    spec:
      containerConcurrency: 100 # requests at once in a pod; fewer for a function that computes rather than waits
      timeoutSeconds: 60 # also the grace period: requests have 30 s, and what is under way at SIGTERM 25 s
      automountServiceAccountToken: false # the function does not call Kubernetes
      enableServiceLinks: false # no variables for each Service of the namespace
      containers:
        - image: dev.local/${name}:latest # what npm run build has made; a registry's name from elsewhere
          imagePullPolicy: IfNotPresent
          env:
            - name: OTEL_EXPORTER_OTLP_ENDPOINT # where spans go: an OTLP collector, such as Jaeger's
              value: http://jaeger-collector.observability.svc.cluster.local:4318
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

function readme({ name, kind, language }: NewFunction): string {
  const ext = language === 'typescript' ? 'ts' : 'js';
  const call = kind === 'http' ? `curl 'localhost:8080/?name=Ada'` : `npx traced dev send ${name} event.json`;
  return `# ${name}

A function that is traced, ${kind === 'http' ? 'called by HTTP' : 'called with CloudEvents'}.

\`\`\`sh
npm test           # test.${ext}: the function's response and its spans
npm run dev        # serves it at localhost:8080, its traces at localhost:16686; a change is served at once
${call}
\`\`\`

The code is in \`index.${ext}\`. Each request is shown as a waterfall in the terminal of \`npm run dev\`.

## On a cluster

\`\`\`sh
npm run build -- --push --image registry.example.com/${name}   # a bundle, and an image of it
kubectl apply -f knative                                       # with that image's name in service.yaml
\`\`\`
`;
}

const helloEvent: string = json({
  specversion: '1.0',
  id: '1',
  type: 'com.example.greeting',
  source: '/example',
  datacontenttype: 'application/json',
  data: { name: 'Ada' },
});

/** By their paths in the function's folder. */
export function filesOf(created: NewFunction): Files {
  const ext = created.language === 'typescript' ? 'ts' : 'js';
  const isHttp = created.kind === 'http';
  return {
    'package.json': packageJson(created),
    [`index.${ext}`]: isHttp ? httpFunction(created) : eventFunction(created),
    [`test.${ext}`]: isHttp ? httpTest(created) : eventTest(created),
    ...(isHttp ? {} : { 'event.json': helloEvent }),
    'knative/service.yaml': service(created),
    'README.md': readme(created),
    '.gitignore': 'node_modules/\ndist/\n.env\n',
  };
}
