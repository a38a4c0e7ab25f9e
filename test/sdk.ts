import * as resources from '@opentelemetry/resources';
import { node, resources as sdkResources, tracing } from '@opentelemetry/sdk-node';
import * as traceBase from '@opentelemetry/sdk-trace-base';
import * as traceNode from '@opentelemetry/sdk-trace-node';
import test from 'ava';

test('the parts that the runtime loads are the very ones of sdk-node', t => {
  t.is(traceNode.NodeTracerProvider, node.NodeTracerProvider);
  t.is(traceBase.BatchSpanProcessor, tracing.BatchSpanProcessor);
  t.is(resources.resourceFromAttributes, sdkResources.resourceFromAttributes);
});
