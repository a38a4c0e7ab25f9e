/** Which spans were timed by one clock: a clock belongs to a host, whatever services and processes run there. */
import type { JaegerProcess } from './jaeger.ts';
import type { SpanNode } from './tree.ts';

/**
 * What names a host, and then what names one thing on a host. Two processes that say different things of the same
 * attribute have different clocks, as far as can be known: a container's `host.name` is its own.
 */
const hostKeys = [
  'host.id',
  'k8s.node.uid',
  'k8s.node.name',
  'host.name',
  'hostname',
  'k8s.pod.uid',
  'k8s.pod.name',
  'k8s.pod.ip',
  'container.id',
  'net.host.ip',
  'host.ip',
  'ip',
  'service.instance.id',
];

const known = new WeakMap<JaegerProcess, ReadonlyMap<string, string>>();

function hostOf(process: JaegerProcess): ReadonlyMap<string, string> {
  let host = known.get(process);
  if (host === undefined) {
    const tags = process.tags?.filter(
      ({ key, value }) => hostKeys.includes(key) && value !== '' && value !== null,
    );
    host = new Map(tags?.map(({ key, value }) => [key, String(value)]));
    known.set(process, host);
  }
  return host;
}

/** By the first attribute of a host that both name; where there is none, by the service. */
export function haveSameClock(a: SpanNode, b: SpanNode): boolean {
  if (a.process === b.process || a.span.processID === b.span.processID) return true;
  const [one, other] = [a, b].map(({ process }) => (process === undefined ? new Map() : hostOf(process)));
  const key = hostKeys.find(each => one?.has(each) === true && other?.has(each) === true);
  return key === undefined ? a.service === b.service : one?.get(key) === other?.get(key);
}
