/** A few traces for the command to read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { timeline } from './timeline.ts';

/** Six commands to Redis, one after the other. */
export const oneByOne = (): JaegerTrace =>
  timeline(
    `
    shop-fn GET /cart  |-----------------------------------|    {kind: server}
      shop-fn get         |---||---||---||---||---||---|        {kind: client, db.system: redis}
    `,
    { columnUs: 5_000 },
  );

/** The same answered by one command. */
export const oneCommand = (): JaegerTrace =>
  timeline(
    `
    shop-fn GET /cart  |----------|    {kind: server}
      shop-fn mget        |---|        {kind: client, db.system: redis}
    `,
    { columnUs: 5_000 },
  );

/** The nth of several traces, by its id. */
export const idOf = (n: number): string => `c0ffee${n.toString(16).padStart(26, '0')}`;

export function withId(trace: JaegerTrace, traceID: string): JaegerTrace {
  const references = (all: JaegerTrace['spans'][number]['references']) =>
    all.map(each => ({ ...each, traceID }));
  const spans = trace.spans.map(span => ({ ...span, traceID, references: references(span.references) }));
  return { ...trace, traceID, spans };
}

/** Writes files into a folder that the test's end removes; returns it. */
export function folderWith(
  t: { teardown(end: () => void): void },
  files: Record<string, unknown>,
): { folder: string; path(name: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'traced-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path(name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { folder, path };
}
