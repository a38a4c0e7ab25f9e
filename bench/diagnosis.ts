/** `npm run bench:diagnosis`: what reading and diagnosing a trace takes, and how that grows with its spans. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Measured } from './diagnosis/child.ts';
import { type ShapeName, shapeNames, traceOf } from './diagnosis/shapes.ts';
import { median } from './statistics.ts';

const usage = `usage: npm run bench:diagnosis [-- [options] [shape …]]

Reads and diagnoses generated traces, each time in a process of its own, and
prints medians: time, processor time, and the most memory beyond what Node and
the code hold. The exponent says how the processor time grew since the size
before: n log n makes 1.1, n² makes 2. Exits with 1 if 50,000 spans take a
second or 300 MB.

  --runs N     processes for each trace; 5 unless given
  --sizes N,…  spans; 1000,10000,50000,100000 unless given
  --help       this text

shapes: ${shapeNames.join(', ')}; all of them if none is given
`;

const child = fileURLToPath(new URL('diagnosis/child.ts', import.meta.url));
const limit = { spans: 50_000, ms: 1_000, memory: 300e6 };

interface Row extends Measured {
  shape: ShapeName;
  /** Undefined for the smallest size. */
  exponent: number | undefined;
}

function measure(shape: ShapeName, spans: number, runs: number, folder: string): Measured {
  const file = join(folder, `${shape}-${spans}.json`);
  writeFileSync(file, JSON.stringify({ data: [traceOf(shape, spans)] }));
  const all = Array.from(
    { length: runs },
    () => JSON.parse(execFileSync(process.execPath, [child, file], { encoding: 'utf8' })) as Measured,
  );
  rmSync(file);
  const middle = (key: keyof Measured) => median(all.map(each => each[key]));
  return {
    spans: middle('spans'),
    findings: middle('findings'),
    readMs: middle('readMs'),
    diagnoseMs: middle('diagnoseMs'),
    cpuMs: middle('cpuMs'),
    memory: middle('memory'),
  };
}

const header = 'shape         spans  findings   read ms  diagnose ms   cpu ms  exponent   memory MB';

function line({ shape, spans, findings, readMs, diagnoseMs, cpuMs, exponent, memory }: Row): string {
  const number = (value: number, columns: number, digits = 0) => value.toFixed(digits).padStart(columns);
  const growth = exponent === undefined ? ''.padStart(10) : number(exponent, 10, 2);
  const cells = [number(spans, 7), number(findings, 10), number(readMs, 10), number(diagnoseMs, 13)];
  return `${shape.padEnd(12)}${cells.join('')}${number(cpuMs, 9)}${growth}${number(memory / 1e6, 12)}`;
}

function isTooMuch({ spans, readMs, diagnoseMs, memory }: Row): boolean {
  const isOfSize = spans >= limit.spans && spans < 1.1 * limit.spans;
  return isOfSize && (readMs + diagnoseMs >= limit.ms || memory >= limit.memory);
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string' }, sizes: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const sizes = (values.sizes ?? '1000,10000,50000,100000').split(',').map(Number);
  const shapes = shapeNames.filter(name => positionals.length === 0 || positionals.includes(name));
  const folder = mkdtempSync(join(tmpdir(), 'bench-diagnosis-'));
  process.stdout.write(`${header}\n`);
  let misses = 0;
  try {
    for (const shape of shapes) {
      let before: Row | undefined;
      for (const size of sizes) {
        const measured = measure(shape, size, Number(values.runs ?? 5), folder);
        const growth =
          before && Math.log(measured.cpuMs / before.cpuMs) / Math.log(measured.spans / before.spans);
        before = { ...measured, shape, exponent: growth };
        if (isTooMuch(before)) misses++;
        process.stdout.write(`${line(before)}${isTooMuch(before) ? '  too much' : ''}\n`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return misses === 0 ? 0 : 1;
}

process.exitCode = main();
