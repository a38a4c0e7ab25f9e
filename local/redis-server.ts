import { createServer, type Socket } from 'node:net';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import type { ServerState, Session } from './redis-server/command.ts';
import { CommandDispatcher, type MemoryLimits } from './redis-server/dispatch.ts';
import { Keyspace } from './redis-server/keyspace.ts';
import { encodeReply, ProtocolError, RequestReader } from './redis-server/protocol.ts';

const mebibyte = 1024 * 1024;

export interface RedisServerOptions {
  host?: string;
  /** 0 for any free port. */
  port?: number;
  /** Bytes of keys and values after which writes are refused, as Redis refuses them at its maxmemory. */
  maxBytes?: number;
  maxClients?: number;
}

export interface RedisServer {
  readonly port: number;
  /** Drops all clients and data. */
  close(): Promise<void>;
}

/**
 * A stand-in for Redis in this process: strings with expiry, transactions, 16 databases, RESP2 and RESP3, answering
 * to the letter as Redis 7.0 does for the commands it has. Nothing is stored on disk.
 * @throws the listening socket's error, such as EADDRINUSE
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { host = '127.0.0.1', port = 0, maxBytes = 64 * mebibyte, maxClients = 1_000 } = options;
  const limits: MemoryLimits = { data: maxBytes, transaction: 8 * mebibyte };
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true });
  const bound = await listenOn(server, port, host);
  const state: ServerState = {
    databases: Array.from({ length: 16 }, () => new Keyspace()),
    port: bound,
    startedAt: Date.now(),
    clients: () => clients.size,
  };
  let lastId = 0;
  server.on('connection', socket => {
    socket.on('error', () => socket.destroy());
    if (clients.size >= maxClients) {
      socket.end('-ERR max number of clients reached\r\n', () => socket.destroy());
      return;
    }
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    lastId += 1;
    serve(socket, { id: lastId, name: '', database: 0, protocol: 2 }, state, limits);
  });
  return {
    port: state.port,
    close: () => {
      for (const socket of clients) socket.destroy();
      for (const database of state.databases) database.clear();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
}

// A client that asks and never reads is dropped when this much waits for it.
const maxUnreadBytes = 64 * mebibyte;

function serve(socket: Socket, session: Session, state: ServerState, limits: MemoryLimits): void {
  const dispatcher = new CommandDispatcher(session, state, limits);
  let replies: string[] = [];
  let replyBytes = 0;
  let ended = false;
  const reader = new RequestReader(request => {
    if (ended || request.length === 0) return;
    const reply = encodeReply(dispatcher.dispatch(request), session.protocol);
    replies.push(reply);
    replyBytes += reply.length;
    ended = request[0]?.toLowerCase() === 'quit';
    if (replyBytes + socket.writableLength <= maxUnreadBytes) return;
    ended = true;
    replies = [];
    socket.destroy();
  });
  const flush = (): boolean => {
    const text = replies.join('');
    replies = [];
    replyBytes = 0;
    return text === '' || socket.write(text, 'latin1');
  };
  socket.on('data', chunk => {
    if (ended) return;
    try {
      reader.feed(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      ended = true;
      replies.push(`-ERR Protocol error: ${error.message.replaceAll(/[\r\n]/g, ' ')}\r\n`);
    }
    // Reading on while the answers pile up would only let them pile higher.
    if (!flush()) socket.pause();
    if (ended) socket.end(() => socket.destroy());
  });
  socket.on('drain', () => socket.resume());
}
