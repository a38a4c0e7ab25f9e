import { type Attributes, type Link, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import pkg from '../package.json' with { type: 'json' };

/** The attributes of OpenTelemetry's conventions for CloudEvents, and what the event calls them. */
const attributeNames = {
  'cloudevents.event_id': 'id',
  'cloudevents.event_source': 'source',
  'cloudevents.event_spec_version': 'specversion',
  'cloudevents.event_type': 'type',
  'cloudevents.event_subject': 'subject',
};

function attributesOf(event: Record<string, unknown>): Attributes {
  const named = Object.entries(attributeNames).map(([attribute, name]) => [attribute, event[name]]);
  return Object.fromEntries(named.filter(([, value]) => typeof value === 'string'));
}

/** A link to the span that created the event, where the event says which one that was (its extension `traceparent`). */
function creation({ traceparent }: Record<string, unknown>): Link[] {
  const context = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  return context === null ? [] : [{ context: { ...context, isRemote: true } }];
}

/**
 * Runs `work` in the span of an event's processing, the child of the request's span: the request is only how the event
 * got here (OpenTelemetry's semantic conventions for CloudEvents).
 */
export function processing<T>(event: Record<string, unknown>, work: () => Promise<T>): Promise<T> {
  const options = { kind: SpanKind.CONSUMER, attributes: attributesOf(event), links: creation(event) };
  const type = typeof event['type'] === 'string' ? ` ${event['type']}` : '';
  const tracer = trace.getTracer('runtime', pkg.version);
  return tracer.startActiveSpan(`CloudEvents Process${type}`, options, async span => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.message : String(error),
      });
      throw error;
    } finally {
      span.end();
    }
  });
}
