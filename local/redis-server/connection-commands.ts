import {
  type Command,
  type Context,
  integer,
  ok,
  type ServerState,
  type Session,
  syntaxError,
} from './command.ts';
import { CommandError, type Reply } from './protocol.ts';

/** The Redis whose replies are given, to the letter where a test compares them. */
const version = '7.0.15';

const flags = ['noscript', 'loading', 'stale', 'fast'];

/** What a client says about its connection, and INFO. The transaction commands are the dispatcher's. */
export const connectionCommands: Readonly<Record<string, Command>> = {
  ping: {
    arity: -1,
    flags: ['fast'],
    run: args => {
      if (args.length > 1) throw new CommandError("ERR wrong number of arguments for 'ping' command");
      return args[0] ?? { status: 'PONG' };
    },
  },
  echo: { arity: 2, flags: ['fast'], run: ([message = '']) => message },
  hello: { arity: -1, flags, run: hello },
  auth: { arity: -2, flags, run: args => auth(args) },
  select: { arity: 2, flags: ['loading', 'stale', 'fast'], run: select },
  client: {
    arity: -2,
    flags: ['noscript', 'loading', 'stale'],
    subcommands: {
      id: { arity: 2, flags: [], run: (_args, { session }) => session.id },
      getname: { arity: 2, flags: [], run: (_args, { session }) => session.name || null },
      setname: {
        arity: 3,
        flags: [],
        run: ([name = ''], { session }) => {
          setName(session, name);
          return ok;
        },
      },
    },
    run: () => null,
  },
  info: {
    arity: -1,
    flags: ['loading', 'stale'],
    run: (args, { server }) => ({ verbatim: info(server, args) }),
  },
};

function hello([wanted, ...options]: readonly string[], { session }: Context): Reply {
  let protocol = session.protocol;
  let name: string | undefined;
  if (wanted !== undefined) {
    const number = integer(wanted, 'ERR Protocol version is not an integer or out of range');
    if (number !== 2n && number !== 3n) throw new CommandError('NOPROTO unsupported protocol version');
    protocol = number === 2n ? 2 : 3;
  }
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at]?.toLowerCase();
    const rest = options.length - at - 1;
    if (option === 'auth' && rest >= 2) {
      auth(options.slice(at + 1, at + 3));
      at += 2;
    } else if (option === 'setname' && rest >= 1) {
      name = options[at + 1] ?? '';
      at += 1;
    } else {
      throw new CommandError(`ERR Syntax error in HELLO option '${options[at]}'`);
    }
  }
  if (name !== undefined) setName(session, name);
  session.protocol = protocol;
  return greeting(session);
}

function greeting(session: Session): Reply {
  return {
    map: [
      ['server', 'redis'],
      ['version', version],
      ['proto', session.protocol],
      ['id', session.id],
      ['mode', 'standalone'],
      ['role', 'master'],
      ['modules', []],
    ],
  };
}

/** There is one user, `default`, without a password: whatever password comes with it is right, as in Redis. */
function auth(args: readonly string[]): Reply {
  if (args.length > 2) throw syntaxError();
  if (args.length === 1) {
    throw new CommandError(
      'ERR AUTH <password> called without any password configured for the default user. ' +
        'Are you sure your configuration is correct?',
    );
  }
  if (args[0] !== 'default') {
    throw new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
  }
  return ok;
}

function select([index = '']: readonly string[], { session, server }: Context): Reply {
  const number = integer(index);
  if (number < -(2n ** 31n) || number >= 2n ** 31n) {
    throw new CommandError('ERR value is out of range, value must between -2147483648 and 2147483647');
  }
  if (server.databases[Number(number)] === undefined) throw new CommandError('ERR DB index is out of range');
  session.database = Number(number);
  return ok;
}

function setName(session: Session, name: string): void {
  if (/[^!-~]/.test(name)) {
    throw new CommandError('ERR Client names cannot contain spaces, newlines or special characters.');
  }
  session.name = name;
}

function info(server: ServerState, wanted: readonly string[]): string {
  const bytes = server.databases.reduce((sum, database) => sum + database.bytes, 0);
  const keyspace = server.databases.flatMap((database, index) =>
    database.size > 0 ? [`db${index}:keys=${database.size},expires=${database.expiring},avg_ttl=0`] : [],
  );
  const uptime = Math.floor((Date.now() - server.startedAt) / 1000);
  const sections: Record<string, string[]> = {
    Server: [
      `redis_version:${version}`,
      'redis_mode:standalone',
      `process_id:${process.pid}`,
      `tcp_port:${server.port}`,
      `uptime_in_seconds:${uptime}`,
    ],
    Clients: [`connected_clients:${server.clients()}`],
    Memory: [`used_memory:${bytes}`],
    Persistence: ['loading:0'],
    Replication: ['role:master', 'connected_slaves:0'],
    Keyspace: keyspace,
  };
  const names = wanted.map(name => name.toLowerCase());
  const all = names.length === 0 || names.some(name => ['all', 'default', 'everything'].includes(name));
  return Object.entries(sections)
    .filter(([title]) => all || names.includes(title.toLowerCase()))
    .map(([title, lines]) => [`# ${title}`, ...lines, ''].join('\r\n'))
    .join('\r\n');
}
