/** Diagnoses long traces beside the page, which stays responsive meanwhile. */
import { diagnose } from '../../../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { buildTree } from '../../../diagnosis/tree.ts';
import { usualOf } from '../../../diagnosis/usual.ts';
import { toWire, type WireDiagnosis } from './diagnosis-wire.ts';

export interface DiagnosisRequest {
  id: number;
  trace: JaegerTrace;
  others: readonly JaegerTrace[];
}

export type DiagnosisAnswer = { id: number; diagnosis: WireDiagnosis } | { id: number; error: string };

addEventListener('message', ({ data }: MessageEvent<DiagnosisRequest>) => {
  let answer: DiagnosisAnswer;
  try {
    const usual = data.others.length > 0 ? usualOf(data.others.map(buildTree)) : undefined;
    answer = { id: data.id, diagnosis: toWire(diagnose(data.trace, usual)) };
  } catch (error) {
    answer = { id: data.id, error: String(error) };
  }
  postMessage(answer);
});
