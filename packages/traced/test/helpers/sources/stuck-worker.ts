/** A decoder's worker that never ends with a body of one byte, and else has no spans. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', ({ body }: { body: Uint8Array }) => {
  while (body.length === 1);
  parentPort?.postMessage({ processes: [], spans: [], isLast: true });
});
parentPort?.postMessage('ready');
