/** What a list of traces shows of each, as Jaeger's `/api/v3/trace-summaries` answers it. */
import { NO_SPAN, parentSpanID, type Span } from '../../read/span.ts';

interface Counts {
  spanCount: number;
  errorSpanCount: number;
}

export interface TraceSummary extends Partial<Counts> {
  traceId: string;
  rootServiceName?: string;
  rootOperationName?: string;
  /** Nanoseconds since the Unix epoch. */
  minStartTimeUnixNano: string;
  maxEndTimeUnixNano: string;
  orphanSpanCount?: number;
  services: ({ name: string } & Partial<Counts>)[];
}

/** Of one trace of at least one span. Fields that would be 0 or empty are left out, as protobuf's JSON has it. */
export function summaryOf(spans: readonly Span[]): TraceSummary {
  const ids = new Set(spans.map(({ spanID }) => spanID));
  const all: Counts = { spanCount: 0, errorSpanCount: 0 };
  const services = new Map<string, Counts>();
  let [root, orphans, earliest, latest] = [undefined as Span | undefined, 0, 2n ** 64n, -(2n ** 64n)];
  for (const span of spans) {
    const { startTime, duration, process } = span;
    const own = services.get(process.serviceName) ?? { spanCount: 0, errorSpanCount: 0 };
    services.set(process.serviceName, own);
    for (const counts of [all, own]) {
      counts.spanCount++;
      if (isError(span)) counts.errorSpanCount++;
    }
    if (startTime < earliest) earliest = startTime;
    if (startTime + duration > latest) latest = startTime + duration;
    const parent = parentSpanID(span);
    if (parent !== NO_SPAN) orphans += ids.has(parent) ? 0 : 1;
    else if (root === undefined || startTime < root.startTime) root = span;
  }
  return {
    traceId: (spans[0]?.traceID ?? '').padStart(32, '0'),
    ...(root === undefined
      ? {}
      : { rootServiceName: root.process.serviceName, rootOperationName: root.operationName }),
    minStartTimeUnixNano: String(BigInt.asUintN(64, earliest)),
    maxEndTimeUnixNano: String(BigInt.asUintN(64, latest)),
    ...withoutZeros({ ...all, orphanSpanCount: orphans }),
    services: [...services]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, counts]) => ({ name, ...withoutZeros(counts) })),
  };
}

const withoutZeros = <Numbers extends Record<keyof Numbers, number>>(numbers: Numbers): Partial<Numbers> =>
  Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0)) as Partial<Numbers>;

const isError = ({ tags }: Span): boolean =>
  tags.some(({ key, value }) =>
    key === 'error' ? value === true : key === 'otel.status_code' && value === 'ERROR',
  );
