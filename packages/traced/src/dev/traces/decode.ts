/** What a collector's port receives, decoded: the spans of one body, or the response that says why there are none. */

import type { Span } from '../../read/span.ts';
import { TraceFormatError } from '../../read/trace-format.ts';
import { checkLimits, LimitError } from './limits.ts';
import { decodeOtlp } from './otlp.ts';
import { decodeThriftBatch, ThriftError } from './thrift.ts';

export interface Document {
  format: 'thrift' | 'json' | 'protobuf';
  body: Uint8Array;
}

export interface Refusal {
  status: number;
  message: string;
}

/** Never throws. */
export function decodeDocument({ format, body }: Document): Span[] | Refusal {
  try {
    const spans = format === 'thrift' ? decodeThriftBatch(body) : decodeOtlp(body, format);
    checkLimits(spans);
    return spans;
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof LimitError) return { status: 413, message: `${error.message}; send smaller batches` };
  if (error instanceof ThriftError || error instanceof TraceFormatError)
    return { status: 400, message: `Unable to process request body: ${error.message}` };
  // Nothing else is expected; what it is stays out of the response.
  return { status: 500, message: 'the spans could not be stored' };
}
