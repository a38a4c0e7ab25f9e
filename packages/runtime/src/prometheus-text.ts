/**
 * Metrics in Prometheus's text format 0.0.4, with the names that OpenTelemetry's specification gives them there
 * ("Prometheus and OpenMetrics Compatibility"): units and counters have suffixes, dots are underscores.
 */
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import {
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';

export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Prometheus's words for UCUM's units; what is in braces is a note, not a unit. */
const unitNames: Record<string, string> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  min: 'minutes',
  h: 'hours',
  d: 'days',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  kBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  '%': 'percent',
  '1': '',
};

const cleaned = (name: string): string =>
  name
    .replace(/[^a-zA-Z0-9_]+/g, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^(?=\d)/, '_');

function nameOf({ descriptor: { name, unit }, ...metric }: MetricData): string {
  const plain = unit.replace(/\{[^}]*\}/g, '');
  const words = cleaned(unitNames[plain] ?? plain.replace('/', '_per_')).replace(/^_+|_+$/g, '');
  const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
  const base = cleaned(name).replace(isCounter ? /_total$/ : /$^/, '');
  const named = words === '' || base.endsWith(`_${words}`) ? base : `${base}_${words}`;
  return isCounter ? `${named}_total` : named;
}

function typeOf(metric: MetricData): 'counter' | 'gauge' | 'histogram' {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return 'histogram';
  return metric.dataPointType === DataPointType.SUM && metric.isMonotonic ? 'counter' : 'gauge';
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const shown = (value: AttributeValue | undefined): string =>
  escaped(typeof value === 'string' ? value : JSON.stringify(value ?? '')).replaceAll('"', '\\"');

/** Labels as they stand behind a name; values of attributes that get the same name are joined, as specified. */
function labels(attributes: Attributes, more: Record<string, string>): string {
  const byName = new Map<string, string>();
  for (const [key, value] of Object.entries({ ...attributes, ...more })) {
    const name = cleaned(key);
    const before = byName.get(name);
    byName.set(name, before === undefined ? shown(value) : `${before};${shown(value)}`);
  }
  return byName.size === 0 ? '' : `{${[...byName].map(([name, value]) => `${name}="${value}"`).join(',')}}`;
}

const numeral = (value: number): string => {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
};

function histogramLines(
  name: string,
  attributes: Attributes,
  scope: Record<string, string>,
  { buckets, count, sum }: Histogram,
): string[] {
  let below = 0;
  const lines = buckets.counts.map((inBucket, index) => {
    below += inBucket;
    const le = numeral(buckets.boundaries[index] ?? Number.POSITIVE_INFINITY);
    return `${name}_bucket${labels(attributes, { ...scope, le })} ${below}`;
  });
  const own = labels(attributes, scope);
  if (sum !== undefined) lines.push(`${name}_sum${own} ${numeral(sum)}`);
  return [...lines, `${name}_count${own} ${count}`];
}

function linesOf(name: string, metric: MetricData, scope: Record<string, string>): string[] {
  switch (metric.dataPointType) {
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.flatMap(({ attributes, value }) =>
        histogramLines(name, attributes, scope, value),
      );
    case DataPointType.GAUGE:
    case DataPointType.SUM:
      return metric.dataPoints.map(
        ({ attributes, value }) => `${name}${labels(attributes, scope)} ${numeral(value)}`,
      );
    // The reader asks for none.
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return [];
  }
}

interface Family {
  help: string;
  type: string;
  lines: string[];
}

const scopeLabels = ({ scope: { name, version } }: ScopeMetrics): Record<string, string> => ({
  otel_scope_name: name,
  ...(version ? { otel_scope_version: version } : {}),
});

/** The whole page: each name once, whichever meters have an instrument of that name. */
export function prometheusText({ resource, scopeMetrics }: ResourceMetrics): string {
  const families = new Map<string, Family>();
  const target = `target_info${labels(resource.attributes, {})} 1`;
  families.set('target_info', { help: 'Target metadata', type: 'gauge', lines: [target] });
  for (const each of scopeMetrics) {
    for (const metric of each.metrics) {
      const name = nameOf(metric);
      const type = typeOf(metric);
      const family = families.get(name) ?? { help: metric.descriptor.description, type, lines: [] };
      families.set(name, family);
      // A name has one type; Prometheus would refuse the whole page.
      if (family.type === type) family.lines.push(...linesOf(name, metric, scopeLabels(each)));
    }
  }
  const blocks = [...families].map(([name, { help, type, lines }]) =>
    [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...lines].join('\n'),
  );
  return `${blocks.join('\n')}\n`;
}
