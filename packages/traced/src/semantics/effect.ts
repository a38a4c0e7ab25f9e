/** Whether a call changes something. Only what is known to read counts as a read. */
import type { Facts } from './facts.ts';
import { memoize, memoizedTest } from './memoize.ts';
import { isStatement } from './role.ts';

export type Effect = 'read' | 'write' | 'unknown';

/** RFC 9110, section 9.2.1, and the QUERY method's draft. */
const isReadMethod = /^(GET|HEAD|OPTIONS|TRACE|QUERY)$/i;

const readingSql = /^\s*(?:\/\*.*?\*\/\s*)?(select|show|explain|describe|values|table)\b/i;
const lockingSql = /\bfor\s+(update|share|no\s+key\s+update)\b|\binto\s+(outfile|dumpfile)\b|\bnextval\s*\(/i;
const writingSql =
  /^\s*(?:\/\*.*?\*\/\s*)?(insert|update|delete|merge|replace|upsert|create|alter|drop|truncate|begin|start|commit|rollback|lock|call|exec)/i;

/** Commands of Redis, memcached, MongoDB, Elasticsearch and DynamoDB that read. */
const isReadCommand = memoizedTest(
  /^(m?get|gets|hm?get|hgetall|hkeys|hvals|hlen|exists|hexists|l(range|len|index)|s(members|card|ismember|scan)|z(range\w*|score|card|rank|count|scan)|scan|hscan|keys|ttl|pttl|type|strlen|find(one)?|aggregate|count\w*|distinct|search|msearch|getitem|batchgetitem|query|ping|info|dbsize|xrange|xread|geosearch|bitcount)$/i,
);

/** First words of RPC methods that read; whatever else one is called may write. */
const readingVerbs = new Set(
  'get list find search read query fetch lookup count describe exists has is show retrieve scan select view load'.split(
    ' ',
  ),
);
const writingVerbs = new Set(
  (
    'add apply assign book cancel charge close commit create delete drop empty execute increment insert mark ' +
    'notify open order patch pay place post publish push put register remove reserve save send set ship start stop ' +
    'store submit transfer update upload upsert write'
  ).split(' '),
);

const firstWord = memoize(method => {
  const last = method.split(/[/.]/).at(-1) ?? '';
  return (/[A-Z]?[a-z]+|[A-Z]+/.exec(last)?.[0] ?? '').toLowerCase();
});

export function effectOf(name: string, facts: Facts): Effect {
  const { httpMethod, rpcMethod, databaseSystem, databaseOperation, statement } = facts;
  if (databaseSystem !== '' || statement !== '' || databaseOperation !== '')
    return databaseEffect(
      statement || (isStatement(name) ? name : ''),
      databaseOperation || rpcMethod || name,
    );
  if (isStatement(name)) return databaseEffect(name, '');
  if (httpMethod !== '') return isReadMethod.test(httpMethod) ? 'read' : 'write';
  const method = /^(?:HTTP\s+)?(GET|HEAD|POST|PUT|PATCH|DELETE)\b/.exec(name)?.[1];
  if (method !== undefined && rpcMethod === '') return isReadMethod.test(method) ? 'read' : 'write';
  const verb = firstWord(rpcMethod || name);
  if (readingVerbs.has(verb)) return 'read';
  return writingVerbs.has(verb) ? 'write' : 'unknown';
}

function databaseEffect(statement: string, operation: string): Effect {
  if (writingSql.test(statement)) return 'write';
  if (readingSql.test(statement)) return lockingSql.test(statement) ? 'write' : 'read';
  const command = /[a-z]+/i.exec(statement)?.[0] ?? '';
  if (isReadCommand(command)) return 'read';
  const last = operation.split(/[ ./]/).filter(part => /^[a-z]+$/i.test(part));
  if (last.some(part => isReadCommand(part) || /^select$/i.test(part))) return 'read';
  return command === '' && last.length === 0 ? 'unknown' : 'write';
}
