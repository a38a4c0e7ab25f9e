import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { extname, join } from 'node:path';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import test, { type ExecutionContext } from 'ava';
import { isScalar, parseAllDocuments, visit } from 'yaml';
import { startRedisServer } from '../local/redis-server.ts';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import { startOrigin } from './helpers/origin.ts';
import { startFunctionProcess } from './helpers/process.ts';
import { top } from './helpers/rendered.ts';

/** What is committed, but for what is deleted and not committed yet. */
const files = execFileSync('git', ['ls-files', '-z', '--deduplicate'], { cwd: top, encoding: 'utf8' })
  .split('\0')
  .flatMap(path => {
    try {
      return path === '' ? [] : [{ path, content: readFileSync(join(top, path), 'utf8') }];
    } catch {
      return [];
    }
  });

async function secretsIn(path: string, content: string): Promise<string[]> {
  const id = '@secretlint/secretlint-rule-preset-recommend';
  const { messages } = await lintSource({
    source: { filePath: path, content, ext: extname(path), contentType: 'text' },
    options: { config: { rules: [{ id, rule: creator, rules: [] }] }, maskSecrets: true },
  });
  return messages.map(({ message, loc }) => `${path}:${loc.start.line} ${message}`);
}

test('nothing committed looks like a private key or a token', async t => {
  t.true(files.length > 200);
  for (const { path, content } of files) t.deepEqual(await secretsIn(path, content), []);
  // In two parts, or this file would hold one.
  t.is((await secretsIn('x', `ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'}`)).length, 1);
});

const secretName = /password|passwd|token$|apikey/i;

test('no manifest, no compose file and no address outside of tests contains a password', t => {
  for (const { path, content } of files.filter(file => /\.ya?ml$/.test(file.path))) {
    for (const document of parseAllDocuments(content)) {
      visit(document, {
        Pair: (_, { key, value }) => {
          if (isScalar(value) && typeof value.value === 'string') t.notRegex(String(key), secretName, path);
        },
        Map: (_, variable) => {
          if (variable.has('value')) t.notRegex(String(variable.get('name')), secretName, path);
        },
      });
    }
  }
  for (const { path, content } of files.filter(file => !/^(packages\/\w+\/)?test\//.test(file.path))) {
    const logins = [...content.matchAll(/\w:\/\/[\w.-]*:([^\s@/$:'"`\\{}]+)@/g)].map(([, word]) => word);
    t.deepEqual(
      logins.filter(word => word !== 'password'),
      [],
      path,
    );
  }
});

const secret = 'M4RKER';

/** The commands in what a client sent. */
const commandsIn = (sent: string): string[][] =>
  sent
    .split(/^\*\d+\r\n/m)
    .filter(Boolean)
    .map(command => command.split('\r\n').filter((_, index) => index % 2 === 1));

const unknown =
  (quote: string) =>
  ([name, ...args]: string[]) =>
    `ERR unknown command ${quote}${name}${quote}, with args beginning with: ${args.map(arg => quote + arg + quote).join(' ')}`;

/** What Redis may answer to a login. */
const answers: Record<string, (command: string[]) => string> = {
  'refuses the password': () => 'WRONGPASS invalid username-password pair or user is disabled.',
  'wants another login': () => 'NOAUTH Authentication required.',
  'does not know AUTH and repeats it': unknown("'"),
  'does not know AUTH and repeats it as Redis 5 did': unknown('`'),
};

async function startRedis(t: ExecutionContext, answer: (command: string[]) => string): Promise<number> {
  const server = net.createServer(socket => {
    socket.setEncoding('latin1').on('error', () => undefined);
    socket.on('data', sent => {
      for (const command of commandsIn(String(sent))) socket.write(`-${answer(command)}\r\n`);
    });
  });
  t.teardown(() => void server.close());
  return listenOn(server, 0);
}

const withLogin = (url: string): string => url.replace('//', `//user:${secret}@`);

/** Sends three requests to the function redis and returns all that it said to anybody but Redis, and the answers. */
async function allSaid(t: ExecutionContext, env: NodeJS.ProcessEnv): Promise<[string, number[]]> {
  const said: string[] = [];
  const collector = await startOrigin((req, res) => {
    req.setEncoding('latin1').on('data', chunk => said.push(chunk));
    req.on('end', () => res.writeHead(202).end());
  });
  const page = await startOrigin((_req, res) => void res.setHeader('x-page', '1').end('page'));
  const redis = await startFunctionProcess('redis', {
    LOG_LEVEL: 'debug',
    UPSTREAM_URL: withLogin(page.url),
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${withLogin(collector.url)}/api/traces`,
    ...env,
  });
  t.teardown(() => redis.child.kill('SIGKILL'));
  const statuses: number[] = [];
  for (const path of ['/', '/?x=1', '/']) {
    const answer = await fetch(redis.url + path);
    statuses.push(answer.status);
    said.push(await answer.text(), JSON.stringify([...answer.headers]));
  }
  redis.child.kill('SIGTERM');
  await redis.exit;
  await Promise.all([collector.close(), page.close()]);
  t.true(said.join('').includes('GET /redis'), 'spans have arrived');
  t.true(redis.log.length > 1);
  return [said.join('') + JSON.stringify(redis.log), statuses];
}

for (const [what, answer] of Object.entries(answers)) {
  test.serial(`no log, span or response contains the password of a Redis that ${what}`, async t => {
    const port = await startRedis(t, answer);
    for (const env of [
      { REDIS_URL: `redis://user:${secret}@127.0.0.1:${port}` },
      { REDIS_URL: `redis://127.0.0.1:${port}`, REDIS_PASSWORD: secret, FAULTS: 'redis-one-by-one' },
    ]) {
      const [said, statuses] = await allSaid(t, env);
      t.deepEqual(statuses, [503, 503, 503]);
      t.false(said.includes(secret));
    }
  });
}

test.serial(
  'no log, span or response contains the password of a Redis that takes it, or the page’s and the collector’s',
  async t => {
    const redis = await startRedisServer();
    t.teardown(() => redis.close());
    const address = `redis://:${secret}@127.0.0.1:${redis.port}`;
    const [said, statuses] = await allSaid(t, { REDIS_URL: address });
    t.deepEqual(statuses, [200, 200, 200]);
    t.true(said.includes('mset header:'), 'the spans of commands are among it');
    t.false(said.includes(secret));
    const [lost] = await allSaid(t, {
      REDIS_URL: address,
      REDIS_LOST_URL: `redis://:${secret}@127.0.0.1:1`,
      FAULTS: 'redis-lost-primary',
    });
    t.false(lost.includes(secret));
  },
);
