/**
 * What Jaeger's query service says about clocks: with its default settings it changes no time, but warns at
 * each span whose clock seems to differ from its parent's, that is, which does not lie within its parent.
 */
import { NO_SPAN, type Process, parentSpanID, type Span, type Tag } from '../../read/span.ts';

/** Adds Jaeger's warnings (duplicate ids, missing parents, skewed clocks) to the spans of one trace. */
export function warnAboutClocks(spans: readonly Span[]): void {
  const nodes = new Map<string, Span>();
  for (const span of spans) {
    if (nodes.has(span.spanID)) span.warnings.push('duplicate span IDs; skipping clock skew adjustment');
    else nodes.set(span.spanID, span);
  }
  const children = new Map<Span, Span[]>();
  const roots: Span[] = [];
  for (const span of nodes.values()) {
    const parent = parentSpanID(span);
    const parentSpan = parent === NO_SPAN ? undefined : nodes.get(parent);
    if (parentSpan === undefined) {
      roots.push(span);
      if (parent !== NO_SPAN) {
        span.warnings.push(`invalid parent span IDs=${parent}; skipping clock skew adjustment`);
      }
      continue;
    }
    const siblings = children.get(parentSpan);
    if (siblings === undefined) children.set(parentSpan, [span]);
    else siblings.push(span);
  }
  warnFrom(roots, children);
}

// Not recursive: a trace may be a chain of a hundred thousand spans.
function warnFrom(roots: Span[], children: Map<Span, Span[]>): void {
  // Spans share their process, so its tags are looked through once.
  const hosts = new Map<Process, string>();
  const hostOf = ({ process }: Span): string => {
    const host = hosts.get(process) ?? addressOf(process);
    hosts.set(process, host);
    return host;
  };
  const open = roots.map(span => ({ span, skew: 0n, host: hostOf(span) }));
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { span: parent, skew, host } = node;
    if (skew !== 0n) {
      parent.warnings.push(
        `clock skew adjustment disabled; not applying calculated delta of ${durationText(skew)}`,
      );
    }
    for (const span of children.get(parent) ?? []) {
      const childHost = hostOf(span);
      // Spans of one host share a clock, so a child has the skew that its parent was found to have.
      const sameHost = childHost === host && childHost !== '';
      open.push({ span, host: childHost, skew: sameHost ? skew : skewOf(span, parent) });
    }
  }
}

function skewOf(child: Span, parent: Span): bigint {
  const childEnd = child.startTime + child.duration;
  const parentEnd = parent.startTime + parent.duration;
  if (child.duration > parent.duration) {
    return child.startTime < parent.startTime ? parent.startTime - child.startTime : 0n;
  }
  if (child.startTime >= parent.startTime && childEnd <= parentEnd) return 0n;
  // The network is taken to need as long for the request as for the response.
  return parent.startTime + (parent.duration - child.duration) / 2n - child.startTime;
}

function addressOf(process: Process): string {
  const ip = process.tags.find(({ key }) => key === 'ip');
  if (ip?.type === 'string') return ip.value;
  if (ip?.type === 'int64') return ipv4Text(BigInt.asUintN(32, ip.value));
  if (ip?.type === 'binary' && ip.value.length === 4) return ip.value.join('.');
  if (ip?.type === 'binary' && ip.value.length === 16) return Buffer.from(ip.value).toString('hex');
  return '';
}

/** An IPv4 address packed into 32 bits, in dotted form. */
export function ipv4Text(packed: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => String((packed >> shift) & 255n)).join('.');
}

/** A tag whose value is an IPv4 address packed into a number, with the address as text. */
export function withReadableIp(tag: Tag): Tag {
  if (tag.key !== 'ip' && tag.key !== 'peer.ipv4') return tag;
  if (tag.type === 'int64') return { ...tag, type: 'string', value: ipv4Text(BigInt.asUintN(32, tag.value)) };
  if (tag.type !== 'float64') return tag;
  return { ...tag, type: 'string', value: ipv4Text(BigInt(tag.value >>> 0)) };
}

/** Nanoseconds as Go prints a duration: `1.5ms`, `-2h0m1s`. */
export function durationText(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const length = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (length === 0n) return '0s';
  if (length < 1_000n) return `${sign}${length}ns`;
  if (length < 1_000_000n) return `${sign}${decimal(length, 3)}µs`;
  if (length < 1_000_000_000n) return `${sign}${decimal(length, 6)}ms`;
  const minutes = length / 60_000_000_000n;
  const seconds = `${decimal(length % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, digits: number): string {
  const written = String(value).padStart(digits + 1, '0');
  const fraction = written.slice(-digits).replace(/0+$/, '');
  return written.slice(0, -digits) + (fraction === '' ? '' : `.${fraction}`);
}
