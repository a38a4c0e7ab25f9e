/** The trace backend of `npm start`, on free ports, as a child process. */
import { startTraceBackend } from '../../../packages/traced/src/dev/traces/backend.ts';
import type { TraceStore } from '../../../packages/traced/src/dev/traces/store.ts';
import { decodeThriftBatch } from '../../../packages/traced/src/dev/traces/thrift.ts';
import { Random } from '../random.ts';
import { thriftBatch } from '../requests/thrift.ts';

export interface BackendPorts {
  thrift: number;
  otlp: number;
  query: number;
  /** The id of a trace that is stored, of `spansOfBatch` spans. */
  trace: string;
}

export type Counters = TraceStore['counters'];

const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
// As full as it gets, so that what memory is needed more is not what it is there to keep.
const filling = new Random('filling');
let trace = '';
while (backend.store.counters.evictedTraces === 0) {
  trace = filling.hex(32);
  backend.store.add(decodeThriftBatch(thriftBatch(filling, trace)));
}

// Whatever is asked, there is only one thing to tell.
process.on('message', () => process.send?.(backend.store.counters));
process.on('disconnect', () => process.exit());

const { collectorPort: thrift, otlpPort: otlp, queryPort: query } = backend;
process.send?.({ thrift, otlp, query, trace } satisfies BackendPorts);
