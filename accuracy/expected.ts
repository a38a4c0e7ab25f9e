/** What a diagnosis must say of each fault. */

import { exerciseFaults, type Fault } from '../functions/shared/faults.ts';
import type { Finding, FindingKind } from '../packages/traced/src/diagnosis/findings.ts';
import { attributeText } from '../packages/traced/src/semantics/index.ts';
import type { SetName } from './options.ts';

interface Place {
  kind: FindingKind;
  service: string;
  /** Any, where it is not given. */
  operation?: string;
  /** A tag's value on the finding's first span, where several spans have its name. */
  tag?: { key: string; value: number };
}

interface Expectation {
  /** The function whose route shows the fault by itself. */
  route: Route;
  /** Where it must be named. */
  place: Place;
  /** What may be said besides, since it is part of the same fault. */
  also?: readonly Place[];
  /** Alone, it makes no answer to /all later: alpha takes longer beside it. */
  hiddenOnAll?: boolean;
}

export const routes = { root: '/', alpha: '/alpha', beta: '/beta', redis: '/redis', all: '/all' } as const;

export type Route = keyof typeof routes;

export const expectations: Readonly<Record<Fault, Expectation>> = {
  'alpha-stall': {
    route: 'alpha',
    place: {
      kind: 'stall',
      service: 'alpha-fn',
      operation: 'work',
      tag: { key: 'alpha.piece', value: 100 },
    },
  },
  'alpha-broken': { route: 'alpha', place: { kind: 'error', service: 'alpha-fn', operation: 'work' } },
  'beta-uncached': { route: 'beta', place: { kind: 'no-reuse', service: 'beta-fn', operation: 'GET' } },
  'redis-one-by-one': {
    route: 'redis',
    place: { kind: 'one-by-one', service: 'redis-fn', operation: 'set' },
    // It opens a connection for its commands.
    also: [{ kind: 'no-reuse', service: 'redis-fn', operation: 'redis connect' }],
    hiddenOnAll: true,
  },
  'redis-lost-primary': {
    route: 'redis',
    place: { kind: 'unreachable', service: 'redis-fn', operation: 'redis connect' },
  },
  'gateway-serial': { route: 'all', place: { kind: 'serial-calls', service: 'gateway-fn' } },
};

/** The faults that are on in a set. */
export function faultsOf(set: SetName): readonly Fault[] {
  if (set === 'none') return [];
  return set === 'all' ? (exerciseFaults as Fault[]) : [set];
}

/** The faults of a set that a trace of this route can show. */
export function faultsOn(set: SetName, route: Route): Fault[] {
  return faultsOf(set).filter(fault => route === 'all' || expectations[fault].route === route);
}

/** Whether the fault need not be named, since it costs nobody anything. */
export const isHidden = (fault: Fault, set: SetName, route: Route): boolean =>
  set === fault && route === 'all' && expectations[fault].hiddenOnAll === true;

/** Whether this finding names the fault at its span. */
export const names = (finding: Finding, fault: Fault): boolean => isAt(finding, expectations[fault].place);

/** Whether this finding is of that fault: names it, or says a part of it. */
export const isOf = (finding: Finding, fault: Fault): boolean =>
  names(finding, fault) || (expectations[fault].also ?? []).some(place => isAt(finding, place));

function isAt(finding: Finding, { kind, service, operation, tag }: Place): boolean {
  if (finding.kind !== kind || finding.service !== service) return false;
  if (operation !== undefined && finding.operation !== operation) return false;
  const span = finding.spans[0]?.span;
  return tag === undefined || (span !== undefined && attributeText(span.tags, tag.key) === String(tag.value));
}
