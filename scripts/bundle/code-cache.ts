import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRedisServer } from '../../local/redis-server.ts';
import { nodeOptions } from '../../packages/runtime/src/node-options.ts';

const recorder = fileURLToPath(new URL('./record.cjs', import.meta.url));

/** Plays the other side of whatever a function calls: the page, the functions, the collector. */
async function startOthers() {
  const server = http.createServer((req, res) => req.resume().on('end', () => res.end('fine')));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function run(name: string, folder: string, others: string, redis: string): Promise<void> {
  const child = spawn(process.execPath, [...nodeOptions, '--require', recorder, join(folder, 'main.cjs')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      NODE_ENV: 'production',
      FUNCTION_TARGET: name,
      PORT: '0',
      HOST: '127.0.0.1',
      LAME_DUCK_MS: '0',
      OTEL_TRACES_EXPORTER: 'jaeger',
      OTEL_EXPORTER_JAEGER_ENDPOINT: `${others}/api/traces`,
      UPSTREAM_URL: others,
      ROOT_URL: others,
      ALPHA_URL: others,
      BETA_URL: others,
      REDIS_FUNCTION_URL: others,
      REDIS_URL: redis,
    },
  });
  const exit = once(child, 'exit');
  const [message] = await Promise.race([once(child, 'message'), exit]);
  const port = (message as { port?: number } | null)?.port;
  if (port === undefined) throw new Error(`the bundle of ${name} does not start`);
  for (const path of ['/', '/all']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    if (!answer.ok) throw new Error(`the bundle of ${name} answers ${answer.status}: ${await answer.text()}`);
    await answer.text();
  }
  child.kill('SIGTERM');
  const [code] = await exit;
  if (code !== 0) throw new Error(`the bundle of ${name} ended with exit status ${code}`);
}

/**
 * Runs a bundle, its function and its exporter, and keeps what V8 has compiled for it beside each file, `*.cache`.
 * It serves the same version of Node on the same architecture.
 */
export async function writeCodeCache(name: string, folder: string): Promise<void> {
  const others = await startOthers();
  const redis = await startRedisServer();
  try {
    await run(name, folder, others.url, `redis://127.0.0.1:${redis.port}`);
  } finally {
    others.server.close();
    others.server.closeAllConnections();
    await redis.close();
  }
}
