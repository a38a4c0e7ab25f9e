/** Which side of a call a span is, where its kind says so and where only its other attributes do. */
import type { Facts } from './facts.ts';
import { memoizedTest } from './memoize.ts';

export type Role = 'client' | 'server' | 'producer' | 'consumer' | 'internal';

const roles: ReadonlyMap<string, Role> = new Map(
  (['client', 'server', 'producer', 'consumer', 'internal'] as const).flatMap((role): [string, Role][] => [
    [role, role],
    [role.toUpperCase(), role],
    [`SPAN_KIND_${role.toUpperCase()}`, role],
  ]),
);
// SkyWalking's names.
for (const [name, role] of [
  ['Entry', 'server'],
  ['Exit', 'client'],
  ['Local', 'internal'],
] as const)
  (roles as Map<string, Role>).set(name, role);

/** Operations that Sentry's SDKs name (its documentation, "Span Operations"). */
const sentryRoles: readonly [RegExp, Role][] = [
  [/^(db|cache|http\.client|grpc\.client|rpc\.client)\b/, 'client'],
  [/^(http\.server|grpc\.server|function\.)/, 'server'],
  [/^queue\.(publish|submit|create)/, 'producer'],
  [/^queue\.(process|receive|task)/, 'consumer'],
];

/** OpenTracing's instrumentations of HTTP clients and servers, by the names that they give as component. */
const isClientComponent = memoizedTest(
  /http-?client|rest-?template|okhttp|feign|axios|requests|urllib|retrofit|jaxrs-client/i,
);
const isServerComponent = memoizedTest(/servlet|java-web|express|jaxrs-server|spring-mvc|undertow|jetty/i);
/** Sentry names a span of a database by its statement, and so do some OpenTracing instrumentations. */
export const isStatement = memoizedTest(
  /^\s*(select\s.+\sfrom|insert\s+into|update\s+\S+\s+set|delete\s+from)\s/i,
);

/** How instrumentations without attributes name the calls of databases: Go's sql, JDBC's, DeathStarBench's clients. */
const isClientOfDatabase = memoizedTest(
  /^(sql\.(conn|stmt|db)\.\w*|(redis|mongo(db)?|mysql|postgres(ql)?|memcached?|cassandra|jdbc)[._ :]\w+)|_(mmc|redis|mongo|memcached)_\w+_client$/i,
);
const isVerbAndTable = memoizedTest(/^(SELECT|INSERT|UPDATE|DELETE) [\w."`]+$/);
export const isDatabaseName = (name: string): boolean => isClientOfDatabase(name) || isVerbAndTable(name);
const isClientName = memoizedTest(/[._]client$/i);
const isServerName = memoizedTest(/[._]server$/i);

/** What the kind says, in whoever's spelling. */
export const roleOfKind = (kind: string): Role =>
  roles.get(kind) ?? roles.get(kind.toLowerCase()) ?? 'internal';

/** The role of a span that says no kind. */
export function roleOf(name: string, facts: Facts): Role {
  const { sentryOp, databaseSystem, statement, component } = facts;
  if (sentryOp !== '') {
    const role = sentryRoles.find(([pattern]) => pattern.test(sentryOp))?.[1];
    if (role !== undefined) return role;
  }
  if (databaseSystem !== '' || statement !== '' || isStatement(name) || isDatabaseName(name)) return 'client';
  if (isClientName(name)) return 'client';
  if (isServerName(name)) return 'server';
  if (facts.httpMethod === '' && facts.url === '') return 'internal';
  if (isClientComponent(component)) return 'client';
  return isServerComponent(component) ? 'server' : 'internal';
}
