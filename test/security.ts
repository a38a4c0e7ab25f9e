import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import { startBackend } from '../packages/traced/test/helpers/trace-backend.ts';
import { startTraced, traced, until } from '../packages/traced/test/helpers/traced.ts';
import { serveFunction, startRuntime } from './helpers/functions.ts';
import { type KubeObject, objectsIn, top } from './helpers/rendered.ts';

await startRuntime();
const read = (path: string): string => readFileSync(join(top, path), 'utf8');

async function startUi(t: ExecutionContext, jaeger: string): Promise<URL> {
  const child = startTraced(['ui', '--port', '0', '--jaeger', jaeger]);
  t.teardown(() => child.kill('SIGKILL'));
  return new URL((await until(child.stdout as Readable, /\n/)).trim());
}

test('no port lets a page of another site read its responses', async t => {
  const backend = await startBackend(t);
  const root = await serveFunction('root');
  t.teardown(root.close);
  const ui = await startUi(t, backend.query);
  for (const url of [
    root.url,
    `${backend.collector}/api/traces`,
    `${backend.otlp}/v1/traces`,
    `${backend.query}/api/services`,
    `${backend.query}/search`,
    `http://127.0.0.1:${ui.port}/api/services`,
  ]) {
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const headers = {
        origin: 'http://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      };
      const answer = await fetch(url, { method, headers });
      const allowing = [...answer.headers.keys()].filter(name => name.startsWith('access-control-'));
      t.deepEqual(allowing, [], `${method} ${url}`);
      if (method === 'OPTIONS') t.true(answer.status >= 400, `${url} answered ${answer.status}`);
    }
  }
});

test('traced ui listens on no address that others can reach', async t => {
  const { port } = await startUi(t, 'http://127.0.0.1:1');
  t.is((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  const others = Object.values(networkInterfaces()).flatMap(each => each ?? []);
  for (const { address } of others.filter(({ internal, family }) => !internal && family === 'IPv4')) {
    const opened = once(connect(Number(port), address), 'connect');
    await t.throwsAsync(opened, { code: 'ECONNREFUSED' }, address);
  }
});

test('the password of a Jaeger goes to no other host that it sends us to', async t => {
  const seen: IncomingMessage[] = [];
  const serve = async (answer: (url: string) => { location?: string }): Promise<string> => {
    const server = createServer((req, res) => {
      seen.push(req);
      const headers = answer(req.url ?? '');
      res.writeHead(headers.location === undefined ? 200 : 302, {
        ...headers,
        'content-type': 'application/json',
      });
      res.end('{"data":[]}');
    });
    t.teardown(() => void server.close());
    return `http://127.0.0.1:${await listenOn(server, 0)}`;
  };
  const stranger = await serve(() => ({}));
  const jaeger = (await serve(url => ({ location: stranger + url }))).replace('//', '//me:secret@');
  await traced(['traces', '--jaeger', jaeger, '--service', 'x']);
  const ui = await startUi(t, jaeger);
  await fetch(`http://127.0.0.1:${ui.port}/api/services`);
  const isStrangers = ({ headers }: IncomingMessage) => headers.host === new URL(stranger).host;
  t.true(seen.length >= 2);
  t.deepEqual(seen.filter(isStrangers), [], 'with a login, a redirect is reported and not followed');
  t.true(seen.every(({ headers }) => headers.authorization !== undefined));
});

test('a file that never ends is given up', async t => {
  const { status, stderr } = await traced(['diagnose', '/dev/zero']);
  t.is(status, 2);
  t.regex(stderr, /\/dev\/zero cannot be read: it is larger than 500 MB\n$/);
});

interface Policy {
  podSelector: { matchLabels?: Record<string, string> };
  policyTypes: string[];
  ingress: { from: { podSelector?: { matchLabels: Record<string, string> } }[]; ports: { port: number }[] }[];
}

test('of the network policies, Redis lets in its function and its secondaries, and nothing reaches a function but through Knative', t => {
  const policies = ['functions', 'redis'].flatMap(file =>
    objectsIn(read(`overlays/components/network-policy/${file}.yaml`)),
  );
  const ours = { 'app.kubernetes.io/part-of': 'traced-functions' };
  const rules = (name: string) => {
    const policy = policies.find(({ metadata }) => metadata.name === name);
    const { policyTypes, ingress } = (policy as KubeObject).spec as unknown as Policy;
    t.true(policyTypes.includes('Ingress'));
    t.is(ingress.length, 1);
    return { from: ingress[0]?.from, ports: ingress[0]?.ports.map(({ port }) => port) };
  };
  t.deepEqual(rules('redis-primary'), {
    from: [
      { podSelector: { matchLabels: { 'serving.knative.dev/service': 'redis', ...ours } } },
      { podSelector: { matchLabels: { app: 'redis', role: 'secondary', ...ours } } },
    ],
    ports: [6379],
  });
  t.is(rules('redis-secondary').from?.length, 1);
  const { from, ports } = rules('functions');
  t.regex(JSON.stringify(from), /^\[\{"namespaceSelector":.*"values":\["knative-serving","kourier-system"\]/);
  t.false(ports?.includes(8080), 'the function’s own port');
});

test('an image has Node and its bundle, does not run as root, and is built from nothing but the bundle', t => {
  const dockerfile = read('packages/runtime/Dockerfile');
  const stages = dockerfile.split(/^FROM /m);
  const last = stages.at(-1) ?? '';
  t.is(stages.length, 3);
  t.regex(stages[1] ?? '', /^docker\.io\/library\/node:\d+\.\d+\.\d+-\S+ AS build\n/);
  t.true(last.startsWith('scratch\n'));
  t.regex(last, /^USER 65532:65532$/m);
  t.notRegex(last, /^(?:RUN|ADD) /m);
  t.deepEqual(
    [...last.matchAll(/^COPY (.*)$/gm)].map(([, what]) => what),
    ['--from=build /image /', '--from=build /app ./'],
  );
  t.notRegex(dockerfile, /^ARG /m);
  t.deepEqual(dockerfile.match(/^COPY (?!--from).*$/gm), ['COPY . .'], 'of the bundle’s folder');
});

test('the Dockerfile of the repository makes the same image, of a bundle of one function', t => {
  const own = read('Dockerfile');
  const shared = read('packages/runtime/Dockerfile');
  const root = (text: string) => /^RUN mkdir -p \/image[\s\S]*?nsswitch\.conf$/m.exec(text)?.[0];
  t.truthy(root(own));
  t.is(root(own), root(shared));
  const end = (text: string) => /^FROM scratch\n[\s\S]*?(?=^# From here on)/m.exec(text)?.[0];
  t.truthy(end(own));
  t.is(end(own), end(shared));
  t.notRegex(own, /^ARG .*(?:PASSWORD|TOKEN|SECRET|KEY)/m);
  const [first, ...rest] = read('.dockerignore')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
  t.is(first, '*');
  t.true(rest.includes('**/node_modules'));
});
