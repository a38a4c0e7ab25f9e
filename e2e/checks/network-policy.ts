import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { apply, kubectl, read, render } from '../kubectl.ts';
import { node, pagePolicy, securityContext } from '../page.ts';
import { succeed } from '../request.ts';
import { folder, type Run } from '../run.ts';

const program = (host: string) => `
const socket = require('node:net').connect({ host: '${host}', port: 6379, timeout: 5000 });
socket.on('connect', () => process.exit(0));
for (const event of ['timeout', 'error']) socket.on(event, () => process.exit(1));
`;

/** Whether a pod that is nobody special gets a connection to redis-primary. */
async function strangerConnects({
  namespace,
  image,
}: {
  namespace: string;
  image: string;
}): Promise<boolean> {
  const container = {
    name: 'stranger',
    image,
    command: [node, '-e', program('redis-primary')],
    resources: { limits: { cpu: '200m', memory: '96Mi' } },
    securityContext,
  };
  const spec = { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [container] };
  await apply(namespace, [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stranger' }, spec }]);
  try {
    for (let tries = 0; tries < 60; tries++) {
      const { status } = await read(['pod', 'stranger', '-n', namespace]);
      if (status?.phase === 'Succeeded') return true;
      if (status?.phase === 'Failed') return false;
      await pause(1_000);
    }
    throw new Error('the pod that tries to connect has not ended within a minute');
  } finally {
    await kubectl(['delete', 'pod', 'stranger', '-n', namespace, '--wait']);
  }
}

export async function networkPolicy({ namespace, gateway, pageImage }: Run): Promise<string> {
  const stranger = { namespace, image: pageImage };
  assert.ok(await strangerConnects(stranger), 'without a policy, a pod should have reached redis-primary');
  const policies = (await render(folder('overlays/network-policy'), namespace)).filter(
    ({ kind }) => kind === 'NetworkPolicy',
  );
  await apply(namespace, [...policies, pagePolicy]);
  await pause(5_000); // policies take effect some time after they are accepted, and say nothing when they do
  assert.ok(
    !(await strangerConnects(stranger)),
    'an unprivileged pod reaches redis-primary: does the network of this cluster enforce NetworkPolicies?',
  );
  await succeed(gateway, '/all');
  return `${policies.length} policies; a stranger is kept out, /all still works`;
}
