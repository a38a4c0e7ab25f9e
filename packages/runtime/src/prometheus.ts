import { EventEmitter } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AggregationTemporality, MetricReader } from '@opentelemetry/sdk-metrics';
import { log } from './log.ts';
import { contentType, prometheusText } from './prometheus-text.ts';

const path = '/metrics';

/** A scrape has no body, and its head is short. */
const requestMs = 10_000;

/** Serves metrics to Prometheus, at /metrics of a port of its own. Where it cannot listen, the function serves without. */
export class PrometheusReader extends MetricReader {
  readonly #server: Server;

  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    this.#server = http.createServer({ requestTimeout: requestMs, headersTimeout: requestMs });
    // Below what the instrumentation patches: scrapes make neither spans nor metrics.
    this.#server.emit = EventEmitter.prototype.emit as Server['emit'];
    this.#server.on('request', (req, res) => {
      this.#respond(req, res).catch(error => {
        log.error('metrics could not be collected', { reason: String(error) });
        res.destroy();
      });
    });
    // The function's server alone keeps the process running.
    this.#server.unref();
  }

  /** Resolves when it listens, or cannot, which is logged. */
  async listen(
    {
      OTEL_EXPORTER_PROMETHEUS_HOST: host = 'localhost',
      OTEL_EXPORTER_PROMETHEUS_PORT: port = '9464',
    } = process.env,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.on('error', ({ message }) => {
      log.error('metrics cannot be scraped', { reason: message });
      resolve();
    });
    this.#server.listen({ host, port: Number(port) }, resolve);
    await promise;
    const address = this.#server.address();
    if (address !== null && typeof address === 'object')
      log.info('metrics can be scraped', { port: address.port, path });
  }

  async #respond({ method, url = '' }: IncomingMessage, res: ServerResponse): Promise<void> {
    if (url.split('?', 1)[0] !== path) {
      res.writeHead(404).end();
    } else if (method !== 'GET' && method !== 'HEAD') {
      res.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else {
      const { resourceMetrics } = await this.collect();
      res.writeHead(200, { 'content-type': contentType }).end(prometheusText(resourceMetrics));
    }
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}
