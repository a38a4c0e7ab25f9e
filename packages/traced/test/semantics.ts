import test from 'ava';
import {
  type Effect,
  type Role,
  Semantics,
  statementShape,
  type Wait,
  waitOf,
} from '../src/semantics/index.ts';

const span = (name: string, tags: Record<string, unknown> = {}) =>
  new Semantics(
    name,
    Object.entries(tags).map(([key, value]) => ({ key, value })),
  );

test('a role is read from the kind, whoever spells it, else from what the other attributes say', t => {
  const roles: [string, Record<string, unknown>, Role][] = [
    ['GET', { 'span.kind': 'SPAN_KIND_CLIENT' }, 'client'],
    ['GET', { 'span.kind': 'Server' }, 'server'],
    ['/user', { 'span.kind': 'Entry' }, 'server'],
    ['query', { 'db.type': 'sql' }, 'client'],
    ['SELECT * FROM users WHERE id = 1', {}, 'client'],
    ['SELECT * FROM users', { 'sentry.op': 'db.sql.query' }, 'client'],
    ['/cart', { op: 'http.server' }, 'server'],
    ['task', { 'sentry.op': 'queue.process' }, 'consumer'],
    ['GET', { component: 'java-spring-rest-template', 'http.url': 'http://a/' }, 'client'],
    ['getUser', { component: 'java-web-servlet', 'http.method': 'GET' }, 'server'],
    ['post_storage_mongo_find_client', {}, 'client'],
    ['sql.conn.query', {}, 'client'],
    ['work', {}, 'internal'],
  ];
  for (const [name, tags, role] of roles) t.is(span(name, tags).role, role, JSON.stringify([name, tags]));
});

test('only what is known to read counts as a read', t => {
  const effects: [string, Record<string, unknown>, Effect][] = [
    ['GET', { 'http.method': 'GET' }, 'read'],
    ['POST', { 'http.request.method': 'POST' }, 'write'],
    ['bank.Ledger/GetEntry', { 'rpc.method': 'GetEntry' }, 'read'],
    ['bank.Ledger/Transfer', { 'rpc.method': 'Transfer' }, 'write'],
    ['bank.Ledger/Reconcile', { 'rpc.method': 'Reconcile' }, 'unknown'],
    ['query', { 'db.statement': 'SELECT 1 FROM a' }, 'read'],
    ['query', { 'db.statement': 'SELECT * FROM a FOR UPDATE' }, 'write'],
    ['query', { 'db.statement': 'insert into a values (1)' }, 'write'],
    ['HGETALL', { 'db.system': 'redis', 'db.statement': 'HGETALL cart:?' }, 'read'],
    ['SET', { 'db.system': 'redis', 'db.statement': 'SET a ?' }, 'write'],
    ['DynamoDB.GetItem', { 'db.system': 'dynamodb', 'rpc.method': 'GetItem' }, 'read'],
  ];
  for (const [name, tags, effect] of effects) t.is(span(name, tags).effect, effect, name);
});

test('a fact has the name that is preferred, in whatever order the attributes come', t => {
  const tags = {
    'http.status_code': 500,
    'http.response.status_code': 200,
    'peer.service': 'b',
    'server.address': 'a',
  };
  const { facts } = span('GET', tags);
  t.deepEqual([facts.httpStatus, facts.host], ['200', 'a']);
  const reversed = span('GET', Object.fromEntries(Object.entries(tags).reverse()));
  t.deepEqual(reversed.facts, facts);
});

test('a span failed by OpenTelemetry’s status, OpenTracing’s tag, or Zipkin’s message', t => {
  t.true(span('a', { 'otel.status_code': 'ERROR' }).failed);
  t.true(span('a', { error: true }).failed);
  t.true(span('a', { error: 'connection refused' }).failed);
  t.false(span('a', { error: 'false' }).failed);
  t.false(span('a').failed);
});

test('statements of one shape differ only in their values', t => {
  const shape = (statement: string) => statementShape(span('q', { 'db.statement': statement }).facts);
  t.is(shape('SELECT a FROM b WHERE c IN (1, 2)'), shape('SELECT a FROM b WHERE c IN (3)'));
  t.is(shape("SELECT a FROM b WHERE c = 'x'"), shape("SELECT a FROM b WHERE c = 'y'"));
  t.not(shape('SELECT a FROM b'), shape('SELECT a FROM c'));
});

test('a name says what was waited for: a pooled connection, a lock, a full worker', t => {
  const waits: [string, Wait | undefined][] = [
    ['HikariDataSource.getConnection', 'connection'],
    ['pg-pool.connect', 'connection'],
    ['pool acquire', 'connection'],
    ['acquire connection', 'connection'],
    ['acquire lock', 'lock'],
    ['mutex wait', 'lock'],
    ['wait for worker', 'worker'],
    ['getConnectionSettings', undefined],
    ['GET /lock', undefined],
    ['block', undefined],
  ];
  for (const [name, wait] of waits) t.is(waitOf(name).wait, wait, name);
});
