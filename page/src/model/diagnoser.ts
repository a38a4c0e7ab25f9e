/** Diagnoses traces: short ones at once, long ones in a worker, where there is one. */
import { type Diagnosis, diagnoseTree } from '../../../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { buildTree, type TraceTree } from '../../../diagnosis/tree.ts';
import { usualOf } from '../../../diagnosis/usual.ts';
import { fromWire, type WireDiagnosis } from './diagnosis-wire.ts';
import type { DiagnosisAnswer, DiagnosisRequest } from './diagnosis-worker.ts';

/** More spans than this take long enough for a reader to feel it. */
const spansAtOnce = 1_500;

const waiting = new Map<number, (answer: DiagnosisAnswer) => void>();
let lastId = 0;
let worker: Worker | undefined;

/** The worker, started when first needed; a document that came as a file has none. */
function diagnosisWorker(): Worker | undefined {
  if (worker !== undefined) return worker;
  const path = document.querySelector<HTMLScriptElement>('script[data-worker]')?.dataset['worker'];
  if (path === undefined) return undefined;
  worker = new Worker(trusted(path), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<DiagnosisAnswer>) => {
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  });
  worker.addEventListener('error', () => {
    for (const [id, answer] of waiting) answer({ id, error: 'The diagnosis could not be loaded.' });
    waiting.clear();
  });
  return worker;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** The policy of this page lets nothing but this name its scripts. */
function trusted(path: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const createScriptURL = (url: string) => {
    if (!/^\/page\/worker-[0-9a-f]+\.js$/.test(url)) throw new TypeError('not the worker of this page');
    return url;
  };
  return trustedTypes?.createPolicy('traced-worker', { createScriptURL }).createScriptURL(path) ?? path;
}

/** @param others traces of the same kind, beside which some flaws show that one alone hides */
export async function diagnosisOf(tree: TraceTree, others: readonly JaegerTrace[] = []): Promise<Diagnosis> {
  const { trace } = tree;
  const spans = others.reduce((sum, other) => sum + other.spans.length, trace.spans.length);
  const beside = spans > spansAtOnce ? diagnosisWorker() : undefined;
  if (beside !== undefined) return fromWire(tree, await ask(beside, trace, others));
  // The waterfall is painted first.
  await new Promise(resolve => setTimeout(resolve));
  return diagnoseTree(tree, others.length > 0 ? usualOf(others.map(buildTree)) : undefined);
}

function ask(worker: Worker, trace: JaegerTrace, others: readonly JaegerTrace[]): Promise<WireDiagnosis> {
  const request: DiagnosisRequest = { id: ++lastId, trace, others };
  return new Promise((resolve, reject) => {
    waiting.set(request.id, answer => {
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.diagnosis);
    });
    worker.postMessage(request);
  });
}
