/** Reading and diagnosing traces from a program of one's own. */
export { diagnose } from './diagnosis/diagnose.ts';
export type { JaegerTrace } from './diagnosis/jaeger.ts';
export { renderFindings, renderMarked } from './diagnosis/report.ts';
export { printable } from './diagnosis/terminal-text.ts';
export { readTraces } from './read/index.ts';
