/**
 * Makes the code cache of the bundle in a folder: runs it, sends it its warm-up requests, and keeps what V8 has compiled
 * by then beside each file, `*.cache`. It serves the same version of Node on the same architecture, so that an image's
 * is made while the image is built: this file stands in the bundle's folder, with all that it needs in it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { nodeOptions } from '../node-options.ts';
import type { WarmUp, WarmUpRequest } from './warm-up.ts';

const limitsMs = { start: 20_000, response: 10_000, stop: 10_000 };

/** What a file of the user's prepares for the warm-up: the variables for what it has started, and how that ends. */
interface Surroundings {
  env?: Record<string, string>;
  close?: () => unknown;
}

const say = (line: string): void => void process.stderr.write(`warning: ${line}\n`);

/** Takes the spans, wherever they go. */
async function startCollector() {
  const server = http.createServer((req, res) => req.resume().on('end', () => res.end()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${url}/api/traces`,
  };
  return { env, close: () => void server.close().closeAllConnections() };
}

/** Spans go nowhere but to the collector above, whatever the function's variables say. */
const withoutExporter = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OTEL_EXPORTER_')));

/** Requests of the build's own, for what every function of a kind passes. */
const ownRequests: Record<'http' | 'cloudevent', WarmUpRequest[]> = {
  http: [
    { name: 'GET', method: 'GET', path: '/', headers: {} },
    {
      name: 'POST',
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    },
  ],
  cloudevent: [
    {
      name: 'event',
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/json',
        'ce-id': '1',
        'ce-type': 'warm-up',
        'ce-source': '/',
        'ce-specversion': '1.0',
      },
      body: '{"a":1}',
    },
  ],
};

async function send(port: number, { name, path, method, headers, body }: WarmUpRequest): Promise<void> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(limitsMs.response),
      ...(body === undefined ? {} : { body }),
    });
    await response.arrayBuffer();
    if (response.status >= 400) say(`the warm-up request ${name} got ${response.status}`);
  } catch (error) {
    const { name: kind, message, cause } = error as Error;
    const reason = kind === 'TimeoutError' ? `no response within ${limitsMs.response / 1_000} s` : message;
    say(`the warm-up request ${name} failed: ${cause instanceof Error ? cause.message : reason}`);
  }
}

/** @returns the port; undefined where the process has ended, or takes too long */
async function listening(child: ChildProcess): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  child.on('message', (message: { type: string; port?: number; reason?: string }) => {
    if (message.type === 'listening') resolve(message.port);
    else if (message.type === 'not loaded')
      say(`the function’s module could not be loaded, so that the code cache lacks it: ${message.reason}`);
  });
  child.once('exit', () => resolve(undefined));
  const timer = setTimeout(() => resolve(undefined), limitsMs.start);
  return promise.finally(() => clearTimeout(timer));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), limitsMs.stop);
  await exit;
  clearTimeout(timer);
}

/** @returns whether it started, and so left a code cache; else, what it said */
async function run(
  folder: string,
  env: NodeJS.ProcessEnv,
  requests: WarmUpRequest[],
): Promise<true | string> {
  const recorder = join(folder, '.warm-up/record.cjs');
  const child = spawn(process.execPath, [...nodeOptions, '--require', recorder, join(folder, 'main.cjs')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      ...env,
      PORT: '0',
      HOST: '127.0.0.1',
      LAME_DUCK_MS: '0',
      SHUTDOWN_TIMEOUT_MS: '5000',
    },
  });
  const said = Promise.all([child.stdout, child.stderr].map(stream => (stream ? text(stream) : '')));
  const port = await listening(child);
  if (port !== undefined) for (const request of requests) await send(port, request);
  await stop(child);
  return port !== undefined || (await said).join('').trim().slice(-1_000) || 'it did not say why';
}

/** Warms up with a function of the build's own in the place of the user's. @returns why it could not be, if so */
async function warmRuntimeUp(folder: string, env: NodeJS.ProcessEnv): Promise<true | string> {
  for (const type of ['http', 'cloudevent'] as const) {
    const own = { ...env, FUNCTION_TARGET: 'warm-up', FUNCTION_SIGNATURE_TYPE: type };
    const outcome = await run(folder, { ...own, WARM_UP: 'function' }, ownRequests[type]);
    if (outcome === true) continue;
    say(`the function’s module could not be loaded, so that the code cache lacks it: ${outcome}`);
    return run(folder, { ...own, WARM_UP: 'runtime' }, ownRequests[type]);
  }
  return true;
}

/** What fails here makes a start slower, and is reported on stderr: it keeps nobody from building. */
export async function writeCodeCache(folder: string): Promise<void> {
  const { env, requests }: WarmUp = JSON.parse(readFileSync(join(folder, '.warm-up/warm-up.json'), 'utf8'));
  const collector = await startCollector();
  let surroundings: Surroundings | undefined;
  try {
    const setup = join(folder, '.warm-up/setup.cjs');
    if (existsSync(setup)) surroundings = await createRequire(setup)(setup).default();
    const all = { ...withoutExporter({ ...env, ...surroundings?.env }), ...collector.env };
    let outcome = requests.length === 0 ? await warmRuntimeUp(folder, all) : await run(folder, all, requests);
    if (outcome !== true && requests.length > 0) {
      say(`the function does not start, so that no warm-up request was sent: ${outcome}`);
      outcome = await warmRuntimeUp(folder, all);
    }
    if (outcome !== true) say(`there is no code cache: ${outcome}`);
  } catch (error) {
    say(`there is no code cache: ${error instanceof Error ? error.message : error}`);
  } finally {
    collector.close();
    await surroundings?.close?.();
  }
}
