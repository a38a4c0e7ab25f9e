import { trace } from '@opentelemetry/api';

const severities = ['debug', 'info', 'warning', 'error'] as const;
type Severity = (typeof severities)[number];

let least = severities.indexOf('info');
let source: Record<string, unknown> = {};

/** Sets the least severity that is written and the fields that every line carries. */
export function configureLog(level: Severity, fields: Record<string, unknown>): void {
  // Where nobody reads any more, a line that can't be written must not become an error that is logged.
  process.stdout.on('error', () => undefined);
  // Node's own warnings would stand between the JSON lines as plain text.
  process.removeAllListeners('warning');
  process.on('warning', warning => log.debug(warning.message, { warning: warning.name }));
  least = severities.indexOf(level);
  source = fields;
}

function write(severity: Severity, message: string, fields: Record<string, unknown> = {}): void {
  if (severities.indexOf(severity) < least) return;
  const span = trace.getActiveSpan()?.spanContext();
  const ids = span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
  const line = {
    time: new Date().toISOString(),
    severity: severity.toUpperCase(),
    message,
    ...source,
    ...ids,
    ...fields,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Writes one JSON line to stdout: time, severity, message, the active span's ids, and the fields given. */
export const log = {
  debug: (message: string, fields?: Record<string, unknown>) => write('debug', message, fields),
  info: (message: string, fields?: Record<string, unknown>) => write('info', message, fields),
  warning: (message: string, fields?: Record<string, unknown>) => write('warning', message, fields),
  error: (message: string, fields?: Record<string, unknown>) => write('error', message, fields),
};
