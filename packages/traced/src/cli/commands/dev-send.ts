/** `traced dev send`: a CloudEvent for a function that `traced dev` runs. */
import { isIn } from '../../dev/functions/find.ts';
import { type RunningServer, runningServers } from '../../dev/running.ts';
import { dataOf, messageOf } from '../cloud-event.ts';
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
