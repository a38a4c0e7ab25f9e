/** The formats of traces in JSON. A new one is a file like those beside this one, and a line in the list. */
import { jaegerJson } from './jaeger-json.ts';
import type { JsonFormat } from './json-format.ts';
import { otlpJson } from './otlp-json.ts';
import { zipkinJson } from './zipkin-json.ts';

export const formats: readonly JsonFormat[] = [jaegerJson, otlpJson, zipkinJson];
