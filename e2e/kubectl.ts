import { execFile, spawn } from 'node:child_process';
import type { KubeObject } from './objects.ts';

/** kubectl said no; the message has what it was asked and what it said. */
export class KubectlError extends Error {
  override name = 'KubectlError';
}

/**
 * Runs kubectl against the cluster that KUBECONFIG names and resolves with what it printed.
 * @param input what it reads from standard input, for `-f -`
 * @throws KubectlError
 */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' } as const;
  const child = execFile('kubectl', args, options, (error, stdout, stderr) => {
    if (error === null) return resolve(stdout);
    const said = stderr.trim() || error.message;
    reject(new KubectlError(`kubectl ${args.join(' ')}\n${said}`));
  });
  child.stdin?.on('error', () => undefined); // it ended before it read everything: its own message says why
  child.stdin?.end(input ?? '');
  return promise;
}

/** One object, or the list that a selector or a bare kind stands for. */
export async function read<T = KubeObject>(args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl(['get', ...args, '-o', 'json']));
}

export async function list(args: readonly string[]): Promise<KubeObject[]> {
  const { items } = await read<{ items: KubeObject[] }>(args);
  return items;
}

/** The objects that a folder with a Kustomization makes, in its order, for a namespace where they name none. */
export async function render(folder: string, namespace: string): Promise<KubeObject[]> {
  const yaml = await kubectl(['kustomize', folder]);
  const create = ['create', '-n', namespace, '--dry-run=client', '--validate=false', '-o', 'json', '-f', '-'];
  const json = await kubectl(create, yaml);
  // Several objects come one after the other, or as one List, as the version of kubectl has it.
  const texts = json.trim().split(/\n(?=\{)/);
  const objects = texts.map(text => JSON.parse(text) as KubeObject & { items?: KubeObject[] });
  return objects.flatMap(object => object.items ?? [object]);
}

export async function apply(namespace: string, objects: readonly KubeObject[]): Promise<void> {
  const all = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl(['apply', '-n', namespace, '-f', '-'], JSON.stringify(all));
}

/** A local port that leads to a Service or pod in the cluster. */
export interface Forward {
  port: number;
  stop(): void;
}

function forwardOnce(args: readonly string[], port: number) {
  const child = spawn(
    'kubectl',
    ['port-forward', '--address', '127.0.0.1', ...args.slice(0, -1), `${port || ''}:${args.at(-1)}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let said = '';
  child.stderr.on('data', chunk => {
    said = (said + chunk).slice(-2_000);
  });
  child.stdout.on('data', chunk => {
    const bound = /127\.0\.0\.1:(\d+) ->/.exec(String(chunk))?.[1];
    if (bound !== undefined) resolve(Number(bound));
  });
  child.once('error', reject);
  child.once('exit', () =>
    reject(new KubectlError(`kubectl port-forward ${args.join(' ')}\n${said.trim()}`)),
  );
  return { child, listening: promise };
}

/**
 * Forwards a free local port, such as `forward('-n', 'redis', 'svc/primary', '6379')`, and again whenever the
 * connection breaks off, which it does when the pod behind it goes.
 */
export async function forward(...args: string[]): Promise<Forward> {
  let stopped = false;
  let current = forwardOnce(args, 0);
  const port = await current.listening;
  const watch = () => {
    current.child.once('exit', () => {
      if (stopped) return;
      current = forwardOnce(args, port);
      current.listening.catch(() => undefined);
      setTimeout(watch, 200);
    });
  };
  watch();
  return {
    port,
    stop() {
      stopped = true;
      current.child.kill();
    },
  };
}
