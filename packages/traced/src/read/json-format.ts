/** What a format of traces in JSON has to say for itself. */
import type { GatheredTraces } from './gathered.ts';
import type { Reading } from './reading.ts';

export interface JsonFormat {
  /** In a message: `expected a trace in Jaeger’s JSON, …`. */
  name: string;
  /** Whether a value, within whatever a backend's API puts around it, is in this format. */
  isDocument(value: unknown): boolean;
  /**
   * Adds what is in it to `traces`. Lists are read by `reading.each`, which sets aside what cannot be read.
   * Throws `TraceFormatError` where nothing of it can be.
   */
  read(value: unknown, reading: Reading, traces: GatheredTraces): void;
}
