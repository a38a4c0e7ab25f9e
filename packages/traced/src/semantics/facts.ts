/**
 * What a span's attributes say, whoever wrote them: OpenTelemetry's names of today and before (semantic conventions
 * 1.0 to 1.37), OpenTracing's (its semantic conventions 1.1), and those that Zipkin's, SkyWalking's and Sentry's
 * instrumentations write.
 */

export interface Attribute {
  readonly key: string;
  readonly value?: unknown;
}

/** The names of each fact, in the order of preference. */
const names = {
  kind: ['span.kind', 'spanKind'],
  error: ['error'],
  otelStatus: ['otel.status_code', 'status.code'],
  failure: ['otel.status_description', 'error.message', 'exception.message', 'status.message'],
  errorType: ['error.type', 'exception.type', 'error.kind'],
  component: ['component', 'otel.scope.name', 'otel.library.name'],
  sentryOp: ['sentry.op', 'op'],
  databaseSystem: ['db.system.name', 'db.system', 'db.type', 'cache.type'],
  statement: ['db.query.text', 'db.statement', 'sql.query', 'db.query', 'cassandra.query', 'mongodb.query'],
  statementSummary: ['db.query.summary'],
  databaseOperation: ['db.operation.name', 'db.operation', 'cache.cmd', 'cache.op', 'redis.command'],
  table: [
    'db.collection.name',
    'db.mongodb.collection',
    'db.sql.table',
    'db.cassandra.table',
    'aws.dynamodb.table_names',
  ],
  httpMethod: ['http.request.method', 'http.method', 'http.request_method'],
  url: ['url.full', 'http.url', 'url'],
  urlPath: ['http.target', 'url.path', 'http.path', 'http.request.path'],
  urlQuery: ['url.query'],
  route: ['http.route', 'http.path_template'],
  httpStatus: ['http.response.status_code', 'http.status_code', 'http.status', 'status_code'],
  rpcStatus: ['rpc.response.status_code', 'rpc.grpc.status_code', 'grpc.status_code', 'grpc.code'],
  rpcSystem: ['rpc.system.name', 'rpc.system'],
  rpcService: ['rpc.service', 'grpc.service'],
  rpcMethod: ['rpc.method', 'grpc.method', 'grpc.path'],
  messagingSystem: ['messaging.system', 'message_bus.system', 'mq.broker'],
  destination: [
    'messaging.destination.name',
    'messaging.destination',
    'message_bus.destination',
    'mq.topic',
    'mq.queue',
  ],
  host: [
    'server.address',
    'net.peer.name',
    'peer.hostname',
    'net.sock.peer.addr',
    'network.peer.address',
    'peer.service',
    'peer.address',
    'peer.ipv4',
    'peer',
  ],
  port: ['server.port', 'net.peer.port', 'peer.port'],
  coldStart: ['faas.coldstart', 'faas.cold_start', 'cold_start', 'function.coldstart'],
  lambdaStart: ['aws.lambda.init_type', 'aws.lambda.initialization_type'],
  function: ['faas.name', 'faas.invoked_name', 'faas.id', 'faas.trigger'],
  cacheHit: ['cache.hit', 'cache_hit'],
  cacheControl: ['http.response.header.cache-control', 'http.response.header.cache_control'],
  connectionReused: ['http.client.connection.reused'],
  responseStored: ['http.client.response.stored'],
  meshCluster: ['upstream_cluster', 'upstream_cluster.name'],
  knativeService: ['kn.service.name'],
} as const;

export type Fact = keyof typeof names;

/** As text; empty where the span does not say. */
export type Facts = Readonly<Record<Fact, string>>;

const facts = Object.keys(names) as Fact[];

interface Place {
  fact: Fact;
  index: number;
  rank: number;
}

const places = new Map<string, Place>(
  facts.flatMap((fact, index) =>
    names[fact].map((name, rank): [string, Place] => [name, { fact, index, rank }]),
  ),
);

const none = Object.fromEntries(facts.map(fact => [fact, ''])) as Record<Fact, string>;
const unset = 127;
/** By the facts' indexes: how preferred the name is from which each was last read. */
const ranks = new Uint8Array(facts.length);

/** Reads each attribute once; of several with one name, the first counts. */
export function factsOf(attributes: readonly Attribute[]): Facts {
  if (attributes.length === 0) return none;
  const found = { ...none };
  ranks.fill(unset);
  for (const { key, value } of attributes) {
    const place = places.get(key);
    if (place === undefined || place.rank >= (ranks[place.index] as number)) continue;
    ranks[place.index] = place.rank;
    found[place.fact] = textOf(value);
  }
  return found;
}

/** The kind and the outcome alone, which are asked of every span. */
export function basicsOf(attributes: readonly Attribute[]): Pick<Facts, 'kind' | 'error' | 'otelStatus'> {
  let [kind, error, otelStatus] = ['', '', ''];
  for (const { key, value } of attributes) {
    if (kind === '' && (key === 'span.kind' || key === 'spanKind')) kind = textOf(value);
    else if (error === '' && key === 'error') error = textOf(value);
    else if (otelStatus === '' && (key === 'otel.status_code' || key === 'status.code'))
      otelStatus = textOf(value);
  }
  return { kind, error, otelStatus };
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);

/** The value of the attribute with this very name, as text; empty where there is none. */
export function attributeText(attributes: readonly Attribute[] | null | undefined, key: string): string {
  return textOf(attributes?.find(attribute => attribute.key === key)?.value);
}

/** The names of the process, host or pod that spans come from, the most specific first. */
const instanceKeys = ['service.instance.id', 'k8s.pod.name', 'hostname', 'host.name', 'host.id', 'ip'];

/** What tells one process of a service from the others, as far as its resource says; else empty. */
export function instanceIn(resource: readonly Attribute[] | null | undefined): string {
  for (const key of instanceKeys) {
    const value = attributeText(resource, key);
    if (value !== '') return value;
  }
  return '';
}
