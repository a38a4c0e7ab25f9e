/** A trace backend in this process: Jaeger's collector ports, its query API and the page, over one store. */
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { type BoundedServer, listenBounded } from './bounded-server.ts';
import { otlpCollector, thriftCollector } from './collector.ts';
import { Decoder } from './decoder.ts';
import { answerQuery } from './query.ts';
import { TraceStore } from './store.ts';

export interface TraceBackendOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Jaeger thrift over HTTP; of all ports, 0 is any free one. */
  collectorPort: number;
  /** OTLP over HTTP, protobuf and JSON. */
  otlpPort: number;
  /** Jaeger's query API, and the page. */
  queryPort: number;
  /** Default 2,000. */
  maxTraces?: number;
  /** Accounted bytes; default 64 MiB. */
  maxBytes?: number;
  log?: (message: string, fields?: Record<string, unknown>) => void;
}

export interface TraceBackend {
  collectorPort: number;
  otlpPort: number;
  queryPort: number;
  store: TraceStore;
  /** Resolves once no batch is being received or read. */
  idle(): Promise<void>;
  /** Ends within a second, whatever the connections do. */
  close(): Promise<void>;
}

/** Starts all three ports or none. A taken port rejects with the plain EADDRINUSE error, whose `port` says which. */
export async function startTraceBackend(options: TraceBackendOptions): Promise<TraceBackend> {
  const { host = '127.0.0.1', collectorPort, otlpPort, queryPort, ...storeOptions } = options;
  const store = new TraceStore(storeOptions);
  const decoder = new Decoder(options);
  const intake = { store, decoder };
  const query: RequestListener = (request, response) => answerQuery(store, request, response);
  const taking = new Taking();
  const results = await Promise.allSettled([
    listenBounded(taking.counted(thriftCollector(intake)), collectorPort, host),
    listenBounded(taking.counted(otlpCollector(intake)), otlpPort, host),
    listenBounded(query, queryPort, host),
  ]);
  const servers: BoundedServer[] = results.flatMap(result =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const close = async () => {
    await Promise.all([...servers.map(server => server.close()), decoder.close()]);
  };
  const failed = results.find(result => result.status === 'rejected');
  const [collector, otlp, pages] = servers;
  if (failed !== undefined || collector === undefined || otlp === undefined || pages === undefined) {
    await close();
    throw failed?.reason;
  }
  const idle = () => taking.done();
  return { collectorPort: collector.port, otlpPort: otlp.port, queryPort: pages.port, store, idle, close };
}

/** The batches that are being received or read. */
class Taking {
  readonly #open = new Set<ServerResponse>();

  counted(listener: RequestListener): RequestListener {
    return (request, response) => {
      this.#open.add(response);
      response.once('close', () => this.#open.delete(response));
      listener(request, response);
    };
  }

  async done(): Promise<void> {
    while (this.#open.size > 0) await Promise.all([...this.#open].map(response => once(response, 'close')));
  }
}
