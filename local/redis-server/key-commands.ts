import { type Command, expiryMoment, integer, ok, syntaxError } from './command.ts';
import { matchesGlob } from './glob.ts';
import type { Keyspace } from './keyspace.ts';
import { CommandError, type Reply } from './protocol.ts';

const readonly = ['readonly', 'fast'];
const write = ['write', 'fast'];

/** EXPIRE, PEXPIRE, TTL, PTTL and what lists and drops keys. */
export const keyCommands: Readonly<Record<string, Command>> = {
  del: {
    arity: -2,
    keys: [1, -1, 1],
    flags: ['write'],
    run: (keys, { keyspace }) => keys.filter(key => keyspace.delete(key)).length,
  },
  exists: {
    arity: -2,
    keys: [1, -1, 1],
    flags: readonly,
    run: (keys, { keyspace }) => keys.filter(key => keyspace.has(key)).length,
  },
  expire: { arity: -3, keys: [1, 1, 1], flags: write, run: expireIn('seconds', 'expire') },
  pexpire: { arity: -3, keys: [1, 1, 1], flags: write, run: expireIn('milliseconds', 'pexpire') },
  ttl: {
    arity: 2,
    keys: [1, 1, 1],
    flags: readonly,
    run: ([key = ''], { keyspace }) => remaining(keyspace, key, left => Math.floor((left + 500) / 1000)),
  },
  pttl: {
    arity: 2,
    keys: [1, 1, 1],
    flags: readonly,
    run: ([key = ''], { keyspace }) => remaining(keyspace, key, left => left),
  },
  keys: {
    arity: 2,
    flags: ['readonly'],
    run: ([pattern = ''], { keyspace }) => keyspace.keys().filter(key => matchesGlob(pattern, key)),
  },
  scan: { arity: -2, flags: ['readonly'], run: (args, { keyspace }) => scan(args, keyspace) },
  dbsize: { arity: 1, flags: readonly, run: (_args, { keyspace }) => keyspace.size },
  flushdb: {
    arity: -1,
    flags: ['write'],
    run: (args, { keyspace }) => {
      checkFlushMode(args);
      keyspace.clear();
      return ok;
    },
  },
  flushall: {
    arity: -1,
    flags: ['write'],
    run: (args, { server }) => {
      checkFlushMode(args);
      for (const database of server.databases) database.clear();
      return ok;
    },
  },
};

function remaining(keyspace: Keyspace, key: string, unit: (milliseconds: number) => number): number {
  const expiresAt = keyspace.expiresAt(key);
  if (expiresAt === null) return -2;
  return expiresAt === undefined ? -1 : unit(Math.max(0, expiresAt - Date.now()));
}

function checkFlushMode(args: readonly string[]): void {
  const mode = args[0]?.toLowerCase();
  if (args.length > 1 || (mode !== undefined && mode !== 'async' && mode !== 'sync')) throw syntaxError();
}

function expireIn(unit: 'seconds' | 'milliseconds', name: string): Command['run'] {
  return ([key = '', amount = '', ...options], { keyspace }) => {
    const conditions = expireConditions(options);
    const expiresAt = expiryMoment(integer(amount), unit, Date.now(), name);
    const current = keyspace.expiresAt(key);
    if (current === null || !holds(conditions, current, expiresAt)) return 0;
    if (expiresAt <= Date.now()) keyspace.delete(key);
    else keyspace.expire(key, expiresAt);
    return 1;
  };
}

function expireConditions(options: readonly string[]): ReadonlySet<string> {
  const conditions = new Set<string>();
  for (const option of options) {
    const name = option.toLowerCase();
    if (!['nx', 'xx', 'gt', 'lt'].includes(name)) throw new CommandError(`ERR Unsupported option ${option}`);
    conditions.add(name);
  }
  if (conditions.has('nx') && conditions.size > 1) {
    throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (conditions.has('gt') && conditions.has('lt')) {
    throw new CommandError('ERR GT and LT options at the same time are not compatible');
  }
  return conditions;
}

/** A key that never expires counts as later than any moment, as in Redis. */
function holds(conditions: ReadonlySet<string>, current: number | undefined, wanted: number): boolean {
  if (conditions.has('nx') && current !== undefined) return false;
  if (conditions.has('xx') && current === undefined) return false;
  if (conditions.has('gt') && (current === undefined || wanted <= current)) return false;
  return !(conditions.has('lt') && current !== undefined && wanted >= current);
}

function scan([cursorText = '', ...options]: readonly string[], keyspace: Keyspace): Reply {
  const start = scanCursor(cursorText);
  let count = 10;
  let pattern = '*';
  let type = 'string';
  for (let at = 0; at < options.length; at += 2) {
    const name = options[at]?.toLowerCase();
    const value = options[at + 1];
    if (value === undefined) throw syntaxError();
    if (name === 'count') count = Number(integer(value));
    else if (name === 'match') pattern = value;
    else if (name === 'type') type = value.toLowerCase();
    else throw syntaxError();
    if (count < 1) throw syntaxError();
  }
  const { cursor, keys } = keyspace.scan(start, count);
  return [String(cursor), type === 'string' ? keys.filter(key => matchesGlob(pattern, key)) : []];
}

function scanCursor(text: string): number {
  const invalid = new CommandError('ERR invalid cursor');
  if (text.length > 40 || !/^(?:[+-]?\d+)?$/.test(text)) throw invalid;
  const value = BigInt(text.replace(/^[+-]/, '') || 0);
  if (value >= 2n ** 64n) throw invalid;
  // Redis reads a cursor without its sign and wraps a negative one around, past every key.
  return Number(text.startsWith('-') && value > 0n ? 2n ** 64n - value : value);
}
