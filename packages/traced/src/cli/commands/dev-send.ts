/** `traced dev send`: a CloudEvent for a function that `traced dev` runs. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isIn } from '../../dev/functions/find.ts';
import { type RunningServer, runningServers } from '../../dev/running.ts';
import { InputError, listed } from '../input-error.ts';
import { print, say } from '../terminal.ts';

interface SendOptions {
  type: string;
  source: string;
}

/** Exits with 1 where the function does not respond with 2xx. */
export async function run(name: string, data: string | undefined, options: SendOptions): Promise<void> {
  const url = `http://127.0.0.1:${portOf(name)}/`;
  const { headers, body } = messageOf(dataOf(data), options);
  const response = await fetch(url, { method: 'POST', headers, body }).catch((error: Error) => {
    throw new InputError(
      `${name} at ${url} cannot be reached: ${(error.cause as Error)?.message ?? error.message}`,
    );
  });
  const text = await response.text();
  say(`${name}: ${response.status} ${response.statusText}`);
  if (text !== '') print(text.endsWith('\n') ? text : `${text}\n`);
  if (!response.ok) process.exitCode = 1;
}

/** @throws InputError where no dev server, or more than one, runs a function of that name */
function portOf(name: string): number {
  const servers = runningServers();
  if (servers.length === 0) throw new InputError('traced dev is not running: start it in another terminal');
  const having = servers.filter(({ ports }) => ports[name] !== undefined);
  if (having.length === 0) {
    const names = servers.flatMap(({ ports }) => Object.keys(ports));
    throw new InputError(`unknown function "${name}"; available: ${listed(names, name)}`);
  }
  const here = having.filter(isHere);
  const [server, ...others] = here.length > 0 ? here : having;
  if (server === undefined || others.length > 0) {
    const folders = having.map(({ folder }) => folder).join(', ');
    throw new InputError(`several dev servers run "${name}"; run this in the folder of one: ${folders}`);
  }
  return server.ports[name] ?? 0;
}

const isHere = ({ folder }: RunningServer): boolean =>
  isIn(process.cwd(), folder) || isIn(folder, process.cwd());

/** JSON as it is, `-` for standard input, or a file. */
function dataOf(data: string | undefined): string {
  if (data === undefined) return '{}';
  if (data === '-') return readFileSync(0, 'utf8');
  if (existsSync(data)) return readFileSync(resolve(data), 'utf8');
  if (parsed(data) === undefined) throw new InputError(`"${data}": no such file, and not JSON`);
  return data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In structured mode where the data is a whole CloudEvent, else in binary mode (CloudEvents 1.0.2, HTTP binding). */
function messageOf(
  data: string,
  { type, source }: SendOptions,
): { headers: Record<string, string>; body: string } {
  const value = parsed(data);
  if (typeof value === 'object' && value !== null && 'specversion' in value && 'type' in value) {
    return { headers: { 'content-type': 'application/cloudevents+json' }, body: data };
  }
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': randomUUID(),
    'ce-type': type,
    'ce-source': source,
    'ce-time': new Date().toISOString(),
    'content-type': value === undefined ? 'text/plain; charset=utf-8' : 'application/json',
  };
  return { headers, body: data };
}
