import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '../../packages/traced/src/dev/listen.ts';

const startWithinMs = 10_000;

/** Whether there is a `redis-server` on the PATH. */
export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

/** A redis-server on loopback that keeps its data in memory only. */
export class RedisServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  /** Asks it and sets it, beside the function under test. */
  readonly admin: Redis;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder };
    // A replica that comes is served at once.
    const settings = { ...options, 'repl-diskless-sync-delay': 0 };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn('redis-server', args, { stdio: 'ignore' });
    const retryStrategy = (tries: number) => (tries * 20 < startWithinMs ? 20 : null);
    // What goes wrong is told to who awaits a command.
    this.admin = new Redis(port, '127.0.0.1', { retryStrategy, maxRetriesPerRequest: null }).on(
      'error',
      () => undefined,
    );
  }

  /** @param port the one of a server that was, for one that takes its place */
  static async start(port = 0): Promise<RedisServer> {
    const { own } = await freePorts({ own: port });
    // Where a replica puts what its primary sends it.
    const server = new RedisServer(own, mkdtempSync(join(tmpdir(), 'traced-functions-redis-')));
    await server.admin.ping();
    return server;
  }

  /** Follows a primary until it is told otherwise, and resolves when it has all that the primary has. */
  async follow(primary: RedisServer): Promise<void> {
    await this.admin.replicaof('127.0.0.1', primary.port);
    while (!/master_link_status:up/.test(await this.admin.info('replication')));
  }

  async promote(): Promise<void> {
    await this.admin.replicaof('NO', 'ONE');
  }

  /** Stands still, as a machine that swaps or a disk that hangs makes it; connections are taken and not answered. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** How often MSET was executed, whether by a client or by replication. */
  async writes(): Promise<number> {
    return Number(/cmdstat_mset:calls=(\d+)/.exec(await this.admin.info('commandstats'))?.[1] ?? 0);
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    this.admin.disconnect();
    const ended = once(this.#child, 'exit');
    if (this.#child.kill('SIGKILL')) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
