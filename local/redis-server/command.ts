import type { Keyspace } from './keyspace.ts';
import { CommandError, type ProtocolVersion, type Reply } from './protocol.ts';

/** A client's connection, as its commands see and change it. */
export interface Session {
  readonly id: number;
  name: string;
  database: number;
  protocol: ProtocolVersion;
}

/** What all connections share. */
export interface ServerState {
  readonly databases: readonly Keyspace[];
  readonly port: number;
  readonly startedAt: number;
  clients(): number;
}

export interface Context {
  readonly session: Session;
  readonly server: ServerState;
  readonly keyspace: Keyspace;
}

export interface Command {
  /** How many words with the name; negative: at least so many. */
  readonly arity: number;
  /** Position of the first key, of the last (negative: from the end) and the step, as COMMAND INFO gives them. */
  readonly keys?: readonly [number, number, number];
  readonly flags: readonly string[];
  readonly subcommands?: Readonly<Record<string, Command>>;
  /** @throws {CommandError} */
  run(args: readonly string[], context: Context): Reply;
}

export const ok: Reply = { status: 'OK' };
export const syntaxError = (): CommandError => new CommandError('ERR syntax error');

const notAnInteger = 'ERR value is not an integer or out of range';
const maxInt64 = 2n ** 63n - 1n;

/**
 * Reads an integer as Redis does: 64 bits, no sign but `-`, no leading zeros, no spaces.
 * @throws {CommandError} with the given message
 */
export function integer(text: string, message = notAnInteger): bigint {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) throw new CommandError(message);
  const value = BigInt(text);
  if (value > maxInt64 || value < -maxInt64 - 1n) throw new CommandError(message);
  return value;
}

/**
 * The moment (ms since the epoch) that a time given in seconds or milliseconds, relative or not, means.
 * @throws {CommandError} if 64 bits can't hold it
 */
export function expiryMoment(
  amount: bigint,
  unit: 'seconds' | 'milliseconds',
  since: number,
  command: string,
) {
  const refuse = () => new CommandError(`ERR invalid expire time in '${command}' command`);
  const factor = unit === 'seconds' ? 1000n : 1n;
  if (amount > maxInt64 / factor || amount < (-maxInt64 - 1n) / factor) throw refuse();
  const moment = amount * factor + BigInt(since);
  if (moment > maxInt64) throw refuse();
  return Number(moment);
}

export function hasArity(command: Command, words: number): boolean {
  return command.arity < 0 ? words >= -command.arity : words === command.arity;
}
