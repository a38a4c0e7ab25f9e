/** A collector of metrics on loopback, which reads OTLP in protobuf and JSON. */
import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type Origin, startOrigin } from '../../../../test/helpers/origin.ts';
import { decodeRequest } from './otlp-protobuf.ts';

export interface Point {
  attributes: Record<string, unknown>;
  /** Of a sum. */
  value?: number;
  /** Of a histogram; in seconds where that is its unit. */
  count?: number;
  sum?: number;
  bounds?: number[];
  buckets?: number[];
  scale?: number;
}

export interface Metric {
  unit: string;
  description: string;
  scope: string;
  kind: 'sum' | 'histogram' | 'exponentialHistogram';
  isDelta: boolean;
  points: Point[];
}

export interface Post {
  path: string;
  headers: IncomingHttpHeaders;
  resource: Record<string, unknown>;
  metrics: Record<string, Metric>;
}

type Json = Record<string, unknown>;
interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

const attributesOf = (list: unknown): Record<string, unknown> =>
  Object.fromEntries(
    ((list ?? []) as KeyValue[]).map(({ key, value }) => {
      const [[kind, plain] = []] = Object.entries(value);
      return [key, kind === 'intValue' ? Number(plain) : plain];
    }),
  );

function pointOf(point: Json): Point {
  const number = point['asDouble'] ?? point['asInt'];
  return {
    attributes: attributesOf(point['attributes']),
    ...(number === undefined ? {} : { value: Number(number) }),
    ...(point['count'] === undefined ? {} : { count: Number(point['count']), sum: Number(point['sum']) }),
    ...(point['explicitBounds'] === undefined ? {} : { bounds: point['explicitBounds'] as number[] }),
    ...(point['bucketCounts'] === undefined ? {} : { buckets: (point['bucketCounts'] as []).map(Number) }),
    ...(point['scale'] === undefined ? {} : { scale: Number(point['scale']) }),
  };
}

const kinds = ['sum', 'histogram', 'exponentialHistogram'] as const;

function metricOf(metric: Json, scope: string): Metric {
  const kind = kinds.find(each => metric[each] !== undefined) ?? 'sum';
  const data = metric[kind] as { aggregationTemporality: number; dataPoints: Json[] };
  const { unit = '', description = '' } = metric as { unit?: string; description?: string };
  const isDelta = data.aggregationTemporality === 1;
  return { unit, description, scope, kind, isDelta, points: data.dataPoints.map(pointOf) };
}

interface Request {
  resourceMetrics: {
    resource: { attributes: KeyValue[] };
    scopeMetrics: { scope: { name: string }; metrics: (Json & { name: string })[] }[];
  }[];
}

function postOf(path: string, headers: IncomingHttpHeaders, sent: Buffer): Post {
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  const isJson = headers['content-type'] === 'application/json';
  const request = (isJson ? JSON.parse(body.toString()) : decodeRequest(body)) as Request;
  const [of] = request.resourceMetrics;
  const metrics = (of?.scopeMetrics ?? []).flatMap(({ scope, metrics }) =>
    metrics.map(metric => [metric.name, metricOf(metric, scope.name)] as const),
  );
  if (new Set(metrics.map(([name]) => name)).size < metrics.length) throw new Error('a name comes twice');
  return {
    path,
    headers,
    resource: attributesOf(of?.resource.attributes),
    metrics: Object.fromEntries(metrics),
  };
}

export interface Collector extends Origin {
  posts: Post[];
  /** How many posts came for traces. */
  traces: number;
  /** What it responds with: 200 and nothing, unless told. */
  status: number;
  body: string;
  /** Resolves with the next post of metrics that comes. */
  next(): Promise<Post>;
}

export async function startMetricsCollector(): Promise<Collector> {
  const waiting: ((post: Post) => void)[] = [];
  const origin = await startOrigin(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    if (req.url?.endsWith('/v1/traces')) collector.traces++;
    else {
      const post = postOf(req.url ?? '', req.headers, Buffer.concat(chunks));
      collector.posts.push(post);
      for (const resolve of waiting.splice(0)) resolve(post);
    }
    res.writeHead(collector.status).end(collector.body);
  });
  const collector: Collector = Object.assign(origin, {
    posts: [],
    traces: 0,
    status: 200,
    body: '',
    next: () => new Promise<Post>(resolve => waiting.push(resolve)),
  });
  return collector;
}

/** The sum of the counts of a metric's points, of those whose attributes have these values. */
export function countOf(metric: Metric | undefined, attributes: Record<string, unknown> = {}): number {
  const wanted = Object.entries(attributes);
  const points = (metric?.points ?? []).filter(point =>
    wanted.every(([name, value]) => point.attributes[name] === value),
  );
  return points.reduce((sum, { count = 0, value = 0 }) => sum + count + value, 0);
}
