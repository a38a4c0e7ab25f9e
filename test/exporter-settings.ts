import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { startOrigin } from './helpers/origin.ts';
import { startFunctionProcess } from './helpers/process.ts';

interface Post {
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Asks a function once, stops it, and gives what a collector got; `env` is told the collector's URL. */
async function posts(t: ExecutionContext, env: (url: string) => NodeJS.ProcessEnv): Promise<Post[]> {
  const got: Post[] = [];
  const origin = await startOrigin(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    got.push({ url: req.url, headers: req.headers, body: Buffer.concat(chunks) });
    res.end();
  });
  t.teardown(origin.close);
  const root = await startFunctionProcess('root', env(origin.url));
  await fetch(root.url);
  root.child.kill('SIGTERM');
  t.is((await root.exit).code, 0);
  t.deepEqual(
    root.log.map(({ severity }) => severity),
    ['INFO', 'INFO'],
  );
  return got;
}

test.serial(
  'OTLP’s endpoint, headers, compression and protocol, and the resource’s variables, work',
  async t => {
    const [post] = await posts(t, url => ({
      OTEL_TRACES_EXPORTER: 'OTLP',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/base/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-one=1, x-two=2',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-two=a%20b',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'GZIP',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'HTTP/JSON',
      OTEL_SERVICE_NAME: ' shop ',
      OTEL_RESOURCE_ATTRIBUTES: 'team=a%2Cb,service.name=other',
    }));
    t.is(post?.url, '/base/v1/traces');
    t.like(post?.headers, { 'x-one': '1', 'x-two': 'a b', 'content-encoding': 'gzip' });
    const { resourceSpans } = JSON.parse(gunzipSync(post?.body ?? '').toString());
    const attributes = JSON.stringify(resourceSpans[0].resource.attributes);
    t.true(attributes.includes('{"key":"service.name","value":{"stringValue":"shop"}}'), attributes);
    t.true(attributes.includes('{"key":"team","value":{"stringValue":"a,b"}}'), attributes);
  },
);

test.serial('spans go by OTLP in protobuf where no exporter is set', async t => {
  const [post] = await posts(t, url => ({ OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: url }));
  t.is(post?.url, '/v1/traces');
  t.is(post?.headers['content-type'], 'application/x-protobuf');
  t.true(post?.body.includes('root-fn'));
});

test.serial('OTLP’s endpoint for traces is used as it is', async t => {
  const [post] = await posts(t, url => ({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/here`,
  }));
  t.is(post?.url, '/here');
  t.is(post?.headers['content-type'], 'application/x-protobuf');
});

test.serial('Jaeger’s user and password are sent', async t => {
  const [post] = await posts(t, url => ({
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${url}/api/traces`,
    OTEL_EXPORTER_JAEGER_USER: 'me',
    OTEL_EXPORTER_JAEGER_PASSWORD: 'secret',
  }));
  t.is(post?.headers.authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`);
});

test.serial('a trace that is not sampled, and a disabled SDK, send nothing', async t => {
  for (const own of [{ OTEL_TRACES_SAMPLER: 'ALWAYS_OFF' }, { OTEL_SDK_DISABLED: 'True' }]) {
    const got = await posts(t, url => ({
      OTEL_TRACES_EXPORTER: 'jaeger',
      OTEL_EXPORTER_JAEGER_ENDPOINT: `${url}/api/traces`,
      ...own,
    }));
    t.deepEqual(got, []);
  }
});

test.serial('Jaeger’s agent gets the spans instead of the collector', async t => {
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  t.teardown(() => agent.close());
  await once(agent, 'listening');
  const datagram = once(agent, 'message', { signal: AbortSignal.timeout(20_000) });
  const got = await posts(t, url => ({
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${url}/api/traces`,
    OTEL_EXPORTER_JAEGER_AGENT_HOST: '127.0.0.1',
    OTEL_EXPORTER_JAEGER_AGENT_PORT: String(agent.address().port),
  }));
  t.true(String((await datagram)[0]).includes('root-fn'));
  t.deepEqual(got, []);
});
