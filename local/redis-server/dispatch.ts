import { type Command, hasArity, ok, type ServerState, type Session } from './command.ts';
import { connectionCommands } from './connection-commands.ts';
import { keyCommands } from './key-commands.ts';
import { CommandError, type Reply } from './protocol.ts';
import { stringCommands } from './string-commands.ts';

const answeredHere = () => null;

const commandCommand: Command = {
  arity: -1,
  flags: ['loading', 'stale'],
  subcommands: {
    count: { arity: 2, flags: [], run: () => Object.keys(commands).length },
    docs: { arity: -2, flags: [], run: () => ({ map: [] }) },
    info: { arity: -2, flags: [], run: names => (names.length > 0 ? names.map(describe) : describeAll()) },
  },
  run: () => describeAll(),
};

const commands: Readonly<Record<string, Command>> = {
  ...connectionCommands,
  ...stringCommands,
  ...keyCommands,
  command: commandCommand,
  multi: { arity: 1, flags: ['noscript', 'loading', 'stale', 'fast'], run: answeredHere },
  exec: { arity: 1, flags: ['noscript', 'loading', 'stale', 'skip_slowlog'], run: answeredHere },
  discard: { arity: 1, flags: ['noscript', 'loading', 'stale', 'fast'], run: answeredHere },
  quit: { arity: -1, flags: ['noscript', 'loading', 'stale', 'fast'], run: () => ok },
};

interface Transaction {
  readonly queued: { command: Command; args: string[] }[];
  bytes: number;
  aborted: boolean;
}

/** The limits that keep the memory bounded, in bytes. */
export interface MemoryLimits {
  /** All keys and values. */
  readonly data: number;
  /** The commands that one transaction has queued. */
  readonly transaction: number;
}

/** One client's commands, in order, with its transaction. */
export class CommandDispatcher {
  readonly #session: Session;
  readonly #server: ServerState;
  readonly #limits: MemoryLimits;
  #transaction: Transaction | undefined;

  constructor(session: Session, server: ServerState, limits: MemoryLimits) {
    this.#session = session;
    this.#server = server;
    this.#limits = limits;
  }

  /** Runs or queues one request; what a command refuses becomes an error reply. */
  dispatch(request: readonly string[]): Reply {
    const [word = '', ...args] = request;
    const name = word.toLowerCase();
    try {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
      if (command === undefined) throw new CommandError(unknownCommand(word, args));
      const [target, rest] = resolve(name, command, args);
      if (name === 'multi') return this.#begin();
      if (name === 'exec') return this.#execute();
      if (name === 'discard') return this.#discard();
      if (this.#transaction !== undefined && name !== 'quit') return this.#queue(target, rest);
      return this.#run(target, rest);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return this.#refuse(name, error.message);
    }
  }

  /** A command that can't be run at all makes the whole transaction fail; a nested MULTI doesn't. */
  #refuse(name: string, message: string): Reply {
    if (name === 'exec' && message.includes('wrong number of arguments')) {
      this.#transaction = undefined;
      return { error: `EXECABORT Transaction discarded because of: ${message.replace(/^ERR /, '')}` };
    }
    if (this.#transaction !== undefined && !message.startsWith('ERR MULTI calls'))
      this.#transaction.aborted = true;
    return { error: message };
  }

  #begin(): Reply {
    if (this.#transaction !== undefined) throw new CommandError('ERR MULTI calls can not be nested');
    this.#transaction = { queued: [], bytes: 0, aborted: false };
    return ok;
  }

  #queue(command: Command, args: string[]): Reply {
    const transaction = this.#transaction;
    if (transaction === undefined) return null;
    transaction.bytes += args.reduce((sum, arg) => sum + arg.length + 32, 64);
    if (transaction.bytes > this.#limits.transaction) {
      // What has been queued can't run any more, so nothing of it is kept.
      transaction.queued.length = 0;
      throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    }
    transaction.queued.push({ command, args });
    return { status: 'QUEUED' };
  }

  #execute(): Reply {
    const transaction = this.#transaction;
    if (transaction === undefined) return { error: 'ERR EXEC without MULTI' };
    this.#transaction = undefined;
    if (transaction.aborted) {
      return { error: 'EXECABORT Transaction discarded because of previous errors.' };
    }
    return transaction.queued.map(({ command, args }) => {
      try {
        return this.#run(command, args);
      } catch (error) {
        if (error instanceof CommandError) return { error: error.message };
        throw error;
      }
    });
  }

  #discard(): Reply {
    if (this.#transaction === undefined) return { error: 'ERR DISCARD without MULTI' };
    this.#transaction = undefined;
    return ok;
  }

  #run(command: Command, args: readonly string[]): Reply {
    const keyspace = this.#server.databases[this.#session.database];
    if (keyspace === undefined) throw new CommandError('ERR DB index is out of range');
    const used = this.#server.databases.reduce((sum, database) => sum + database.bytes, 0);
    if (used > this.#limits.data && command.flags.includes('denyoom')) {
      throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    }
    return command.run(args, { session: this.#session, server: this.#server, keyspace });
  }
}

/** The command or subcommand that the words name, with what is left for it. */
function resolve(name: string, command: Command, args: string[]): [Command, string[]] {
  const [word] = args;
  if (command.subcommands !== undefined && word !== undefined) {
    const subname = word.toLowerCase();
    const subcommand = Object.hasOwn(command.subcommands, subname) ? command.subcommands[subname] : undefined;
    if (subcommand === undefined) {
      const shown = word.slice(0, 128);
      throw new CommandError(`ERR unknown subcommand '${shown}'. Try ${name.toUpperCase()} HELP.`);
    }
    checkArity(`${name}|${subname}`, subcommand, args.length + 1);
    return [subcommand, args.slice(1)];
  }
  checkArity(name, command, args.length + 1);
  return [command, args];
}

function checkArity(name: string, command: Command, words: number): void {
  if (!hasArity(command, words))
    throw new CommandError(`ERR wrong number of arguments for '${name}' command`);
}

/** Redis quotes up to 128 characters of the name and, added up, of the arguments. */
function unknownCommand(name: string, args: readonly string[]): string {
  let quoted = '';
  for (const arg of args) {
    if (quoted.length >= 128) break;
    quoted += `'${printed(arg, 128 - quoted.length)}' `;
  }
  return `ERR unknown command '${printed(name, 128)}', with args beginning with: ${quoted}`;
}

// Redis prints them as C strings, which end at the first NUL.
function printed(text: string, length: number): string {
  const [beforeNul = ''] = text.split('\0', 1);
  return beforeNul.slice(0, length);
}

function describeAll(): Reply {
  return Object.keys(commands).map(describe);
}

/** A command as COMMAND INFO gives it, without ACL categories, hints and key specifications. */
function describe(name: string): Reply {
  const known = Object.hasOwn(commands, name.toLowerCase()) ? commands[name.toLowerCase()] : undefined;
  if (known === undefined) return null;
  const flags = known.flags.map(flag => ({ status: flag }));
  const [first, last, step] = known.keys ?? [0, 0, 0];
  return [name.toLowerCase(), known.arity, { set: flags }, first, last, step, { set: [] }, [], [], []];
}
