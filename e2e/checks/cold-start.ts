import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { formatDuration } from '../../packages/traced/src/diagnosis/duration.ts';
import { renderWaterfall } from '../../packages/traced/src/diagnosis/waterfall.ts';
import { missing, targets } from '../expected.ts';
import { progress } from '../report.ts';
import { succeed } from '../request.ts';
import { functionPods, type Run } from '../run.ts';
import { ancestors, serverSpans, spansOf } from '../trace.ts';

/** Waits until every function's last pod is gone. */
export async function awaitZero(namespace: string, withinMs = 240_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  let told = -1;
  for (;;) {
    const pods = await functionPods(namespace);
    if (pods.length !== told) progress(`${pods.length} pods of functions left`);
    told = pods.length;
    if (told === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`not scaled to zero: ${pods.map(pod => pod.metadata.name).join(', ')} are still there`);
    }
    await pause(1_000);
  }
}

/** Scaled to zero, one request starts all five functions; its trace says what each start took, and who waited. */
export async function coldStart({ namespace, gateway, jaeger }: Run): Promise<string> {
  await awaitZero(namespace);
  const { traceId, milliseconds } = await succeed(gateway, '/all');
  const trace = await jaeger.await(traceId, missing(targets), { withinMs: 60_000 });
  console.log(renderWaterfall(trace, { columns: 140 }));
  const spans = spansOf(trace);
  const waits = ['gateway', ...targets].map(name => {
    const server = serverSpans(spans, name)[0];
    if (server === undefined) throw new Error(`there is no server span of ${name}`);
    assert.equal(String(server.tag('faas.coldstart')), 'true', `${name}’s server span says faas.coldstart`);
    const start = server.children.find(span => span.name === 'cold start');
    assert.ok(start, `${name}’s server span has no cold start below it`);
    const beside = [...ancestors(server)].flatMap(({ children }) => children);
    const wait = beside.find(span => span.name === 'throttler_try'); // the nearest: others waited for the callers
    assert.ok(wait, `the activator’s wait for ${name} is not in the trace`);
    assert.ok(wait.duration >= start.duration, `the activator waited less for ${name} than it took to start`);
    return `${name} ${formatDuration(start.duration)} of ${formatDuration(wait.duration)}`;
  });
  return `${Math.round(milliseconds)} ms, ${spans.length} spans; start of the activator’s wait: ${waits.join(', ')}`;
}
