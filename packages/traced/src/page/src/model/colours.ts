/** A service's colour: the same in every view, since all of them have colours before any is shown. */
import { source } from './source.ts';

const known = new Map<string, number>();
export const colourCount = 10;

/** Gives services that have none yet a colour each, in the order of their names, so that a reload gives the same. */
export function colourServices(services: Iterable<string>): void {
  for (const service of [...new Set(services)].sort()) {
    if (!known.has(service)) known.set(service, known.size % colourCount);
  }
}

/** The class that sets `--service` to the service's colour. */
export function colourClass(service: string): string {
  if (!known.has(service)) colourServices([service]);
  return `service-${known.get(service) ?? 0}`;
}

let all: Promise<void> | undefined;

/** Gives the services that there are their colours, once; a Jaeger that does not tell them leaves it to the views. */
export function coloured(): Promise<void> {
  all ??= source.services().then(colourServices, () => {});
  return all;
}
