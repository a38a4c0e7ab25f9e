/** Where the page's traces come from: a Jaeger's query API, or the document itself. */
import { embeddedSource } from './embedded-source.ts';
import { httpSource } from './http-source.ts';
import type { TraceSource } from './source-types.ts';

const embedded = document.getElementById('traces');

export const source: TraceSource =
  embedded === null ? httpSource() : embeddedSource(embedded.textContent ?? '[]');
