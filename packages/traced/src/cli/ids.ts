/** Trace ids as people and programs write them. */

/**
 * One way to write an id, of those that name the same trace: in lower case, without leading zeros, as which Jaeger,
 * OpenTelemetry and browsers differ.
 */
export const sameId = (id: string): string => id.toLowerCase().replace(/^0+(?=.)/, '');
