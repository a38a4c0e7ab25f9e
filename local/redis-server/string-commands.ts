import { type Command, expiryMoment, integer, ok, syntaxError } from './command.ts';
import type { Keyspace } from './keyspace.ts';
import { CommandError, type Reply } from './protocol.ts';

/** GET, SET, MGET and MSET. */
export const stringCommands: Readonly<Record<string, Command>> = {
  get: {
    arity: 2,
    keys: [1, 1, 1],
    flags: ['readonly', 'fast'],
    run: ([key = ''], { keyspace }) => keyspace.get(key),
  },
  set: {
    arity: -3,
    keys: [1, 1, 1],
    flags: ['write', 'denyoom'],
    run: ([key = '', value = '', ...options], { keyspace }) => set(keyspace, key, value, setOptions(options)),
  },
  mget: {
    arity: -2,
    keys: [1, -1, 1],
    flags: ['readonly', 'fast'],
    run: (keys, { keyspace }) => keys.map(key => keyspace.get(key)),
  },
  mset: {
    arity: -3,
    keys: [1, -1, 2],
    flags: ['write', 'denyoom'],
    run: (pairs, { keyspace }) => {
      if (pairs.length % 2 === 1) throw new CommandError("ERR wrong number of arguments for 'mset' command");
      for (let at = 0; at < pairs.length; at += 2) keyspace.set(pairs[at] ?? '', pairs[at + 1] ?? '');
      return ok;
    },
  },
};

interface SetOptions {
  condition?: 'nx' | 'xx';
  expiry?: { unit: 'seconds' | 'milliseconds'; amount: string; absolute: boolean };
  keepTtl: boolean;
  get: boolean;
}

const expiryOptions: Readonly<Record<string, { unit: 'seconds' | 'milliseconds'; absolute: boolean }>> = {
  ex: { unit: 'seconds', absolute: false },
  px: { unit: 'milliseconds', absolute: false },
  exat: { unit: 'seconds', absolute: true },
  pxat: { unit: 'milliseconds', absolute: true },
};

function setOptions(words: readonly string[]): SetOptions {
  const options: SetOptions = { keepTtl: false, get: false };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]?.toLowerCase() ?? '';
    const expiry = Object.hasOwn(expiryOptions, word) ? expiryOptions[word] : undefined;
    if (word === 'nx' || word === 'xx') {
      if (options.condition !== undefined && options.condition !== word) throw syntaxError();
      options.condition = word;
    } else if (word === 'get') {
      options.get = true;
    } else if (word === 'keepttl' && options.expiry === undefined) {
      options.keepTtl = true;
    } else if (expiry !== undefined && options.expiry === undefined && !options.keepTtl) {
      at += 1;
      const amount = words[at];
      if (amount === undefined) throw syntaxError();
      options.expiry = { ...expiry, amount };
    } else {
      throw syntaxError();
    }
  }
  return options;
}

function set(keyspace: Keyspace, key: string, value: string, options: SetOptions): Reply {
  const expiresAt = expiryOf(options);
  const old = keyspace.get(key);
  const refused = options.condition === 'nx' ? old !== null : options.condition === 'xx' && old === null;
  if (!refused) {
    const kept = options.keepTtl ? (keyspace.expiresAt(key) ?? undefined) : undefined;
    if (expiresAt !== undefined && expiresAt <= Date.now()) keyspace.delete(key);
    else keyspace.set(key, value, expiresAt ?? kept);
  }
  if (options.get) return old;
  return refused ? null : ok;
}

function expiryOf({ expiry }: SetOptions): number | undefined {
  if (expiry === undefined) return undefined;
  const amount = integer(expiry.amount);
  if (amount <= 0n) throw new CommandError("ERR invalid expire time in 'set' command");
  return expiryMoment(amount, expiry.unit, expiry.absolute ? 0 : Date.now(), 'set');
}
