import assert from 'node:assert/strict';
import { targets } from '../../functions/shared/targets.ts';
import { request, succeed } from '../request.ts';
import type { Run } from '../run.ts';

/** The routes at the gateway, from outside the cluster, and an error. */
export async function contract({ gateway }: Run): Promise<string> {
  assert.equal((await succeed(gateway, '/')).body, 'Hello World!');
  assert.equal((await succeed(gateway, '/alpha')).body, 'This is the Alpha Endpoint!');
  const headers = JSON.parse((await succeed(gateway, '/beta')).body);
  assert.equal(headers['x-page-60'], 'value 60', '/beta returns the headers of the page of this run');
  for (const path of ['/redis', '/writeredis']) {
    const { stored } = JSON.parse((await succeed(gateway, path)).body);
    assert.equal(Object.keys(stored).length, 50, `${path} stores the first 50 headers`);
  }
  const all = JSON.parse((await succeed(gateway, '/all')).body) as Record<string, { status: number }>;
  assert.deepEqual(
    Object.keys(all),
    targets.map(({ name }) => name),
  );
  assert.deepEqual([...new Set(Object.values(all).map(({ status }) => status))], [200]);
  const unknown = await request(gateway, '/nowhere');
  assert.equal(unknown.status, 404);
  assert.match(String(unknown.headers['content-type']), /^application\/problem\+json/);
  assert.equal(JSON.parse(unknown.body).traceId, unknown.traceId);
  return '/, /alpha, /beta, /redis, /writeredis, /all, and 404';
}
