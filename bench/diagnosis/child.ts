/** Reads and diagnoses the trace in a file, once, in a process of its own, and says what that took. */
import { readFileSync } from 'node:fs';
import { diagnose } from '../../packages/traced/src/diagnosis/diagnose.ts';
import { readTraces } from '../../packages/traced/src/read/index.ts';

/** Times in ms, memory in bytes. */
export interface Measured {
  spans: number;
  findings: number;
  readMs: number;
  diagnoseMs: number;
  /** Of the process, on all of its threads, both steps together. */
  cpuMs: number;
  /** The most that it held at once, beyond what Node and the code hold without a trace. */
  memory: number;
}

const peak = (): number => process.resourceUsage().maxRSS * 1024;

const before = peak();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const [trace] = readTraces(readFileSync(process.argv[2] ?? '').toString('utf8'));
if (trace === undefined) throw new Error('no trace in the file');
const readAt = performance.now();
const { findings } = diagnose(trace);
const doneAt = performance.now();
const { user, system } = process.cpuUsage(cpuBefore);
const measured: Measured = {
  spans: trace.spans.length,
  findings: findings.length,
  readMs: readAt - startedAt,
  diagnoseMs: doneAt - readAt,
  cpuMs: (user + system) / 1_000,
  memory: peak() - before,
};
process.stdout.write(JSON.stringify(measured));
