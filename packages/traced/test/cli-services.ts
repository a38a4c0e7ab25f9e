// `traced services`: what there is to search for.
import test from 'ava';
import { idOf, oneByOne } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { traced } from './helpers/traced.ts';

test.serial('services, and the operations of one, are listed a line each', async t => {
  const { query, store } = await startBackend(t);
  const list = (...args: string[]) => traced(['services', ...args, '--jaeger', query]);
  t.like(await list(), { status: 0, stdout: '', stderr: `${query} has no services yet\n` });
  store.add(storedTrace(oneByOne(), { traceID: idOf(1) }));
  t.like(await list(), { status: 0, stdout: 'shop-fn\n', stderr: '' });
  t.like(await list('shop-fn'), { status: 0, stdout: 'GET /cart\nget\n', stderr: '' });
  t.like(await list('shop'), { status: 2, stderr: 'traced: unknown service "shop"; available: shop-fn\n' });
});

test.serial('as JSON they have one form', async t => {
  const { query, store } = await startBackend(t);
  store.add(storedTrace(oneByOne(), { traceID: idOf(1) }));
  const list = async (...args: string[]) =>
    JSON.parse((await traced(['services', ...args, '--json', '--jaeger', query])).stdout) as unknown;
  t.deepEqual(await list(), { schema: 'traced.services/1', service: null, names: ['shop-fn'] });
  t.deepEqual(await list('shop-fn'), {
    schema: 'traced.services/1',
    service: 'shop-fn',
    names: ['GET /cart', 'get'],
  });
});
