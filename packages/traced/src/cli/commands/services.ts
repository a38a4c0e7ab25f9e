/** `traced services`: what there is to search for. */

import { printable } from '../../diagnosis/terminal-text.ts';
import type { BackendOptions } from '../backend-address.ts';
import { unknownName } from '../input-error.ts';
import { jaegerOf } from '../search.ts';
import { print, printJson, say } from '../terminal.ts';

export async function run(
  service: string | undefined,
  { json, ...options }: BackendOptions & { json?: true },
): Promise<void> {
  const jaeger = jaegerOf(options);
  const services = await jaeger.services();
  if (service !== undefined && !services.includes(service))
    throw unknownName('service', service, services, jaeger.address);
  const names = (service === undefined ? services : await jaeger.operations(service)).toSorted();
  if (json === true) return printJson({ schema: 'traced.services/1', service: service ?? null, names });
  if (names.length === 0)
    return say(`${jaeger.address} has no ${service === undefined ? 'services' : 'operations'} yet`);
  print(`${names.map(printable).join('\n')}\n`);
}
