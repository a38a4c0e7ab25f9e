import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { closedPort } from '../../../traced/test/helpers/traced.ts';

/** Debian's postgresql, the newest of its versions. */
const bin = globSync('/usr/lib/postgresql/*/bin').sort().at(-1);

export const hasPostgres: boolean = bin !== undefined;

export const password = 'a secret of the database';

/** PostgreSQL refuses to run as root: then Debian's user for it. */
function user(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

export interface Postgres {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** Runs a database of its own in a temporary folder, on a free port of the loopback. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  const as = user();
  if (as.uid !== undefined) for (const path of [folder, passwordFile]) chownSync(path, as.uid, as.gid);
  const data = join(folder, 'data');
  const login = ['--username=tester', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  execFileSync(`${bin}/initdb`, ['--pgdata', data, '--no-sync', ...login], { ...as, stdio: 'ignore' });
  const port = await closedPort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const options = settings.flatMap(setting => ['-c', setting]);
  const child = spawn(`${bin}/postgres`, ['-D', data, '-p', String(port), ...options], {
    ...as,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit');
  for await (const line of createInterface(child.stderr)) {
    if (line.includes('ready to accept connections')) break;
  }
  child.stderr.resume();
  return {
    url: `postgres://tester:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    port,
    async stop() {
      child.kill('SIGQUIT');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}
