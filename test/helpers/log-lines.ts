import type { ExecutionContext } from 'ava';

/** Collects the log lines that this process writes until the test ends, instead of printing them; for serial tests. */
export function logLines(t: ExecutionContext): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => {
    for (const line of String(text).split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line));
    return true;
  };
  t.teardown(() => {
    process.stdout.write = write;
  });
  return lines;
}
