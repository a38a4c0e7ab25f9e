import { setImmediate, setTimeout } from 'node:timers/promises';
import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { currentInvocation, http, type Request, type Response, tracer } from '@traced-functions/runtime';
import { fault } from '../shared/settings.ts';

const pieces = 100;
/** How many numbers a piece looks at: about 1 ms of work. */
const pieceSize = 4_000;

const isPrime = (n: number): boolean => {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 1;
};

/** Counts the primes of one piece of the numbers from 0. */
function countPrimes(piece: number): number {
  if (fault('alpha-broken')) throw new Error('The heavy work is broken.');
  let count = 0;
  for (let n = piece * pieceSize; n < (piece + 1) * pieceSize; n++) if (isPrime(n)) count++;
  return count;
}

const work = (piece: number): Promise<number> =>
  tracer.startActiveSpan('work', { attributes: { 'alpha.piece': piece + 1 } }, async (span: Span) => {
    try {
      if (fault('alpha-stall') && piece === pieces - 1) {
        await setTimeout(10_000, undefined, { signal: currentInvocation()?.signal });
      }
      const primes = countPrimes(piece);
      span.setAttribute('alpha.primes', primes);
      return primes;
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  });

async function alpha(_req: Request, res: Response): Promise<void> {
  let primes = 0;
  for (let piece = 0; piece < pieces; piece++) {
    currentInvocation()?.signal.throwIfAborted();
    primes += await work(piece);
    await setImmediate(); // lets other requests, health checks among them, have their turn
  }
  trace.getActiveSpan()?.setAttribute('alpha.primes', primes);
  res.type('text/plain').send('This is the Alpha Endpoint!');
}

http('alpha', alpha, { methods: ['GET', 'HEAD'] });
