import { parseArgs } from 'node:util';

export interface Options {
  namespace: string;
  keep: boolean;
  networkPolicy: boolean;
  pageImage: string;
  only: RegExp;
}

export const usage = `npm run e2e -- [options]

Deploys the functions, Redis and a page to GET to a namespace of their own, in the cluster that KUBECONFIG names,
and checks what this project promises. The cluster needs Knative Serving with Kourier, and the Jaeger of jaeger/:
scripts/platform and scripts/deploy bring them. The images must be in the cluster, as for kubectl apply -f knative.

  --namespace NAME    which namespace is made, used and deleted (default: traced-functions-e2e)
  --keep              leave everything standing at the end
  --network-policy    check overlays/network-policy too, where the cluster's network enforces policies
  --page-image IMAGE  an image with /nodejs/bin/node, for the page (default: that of the function root)
  --only REGEXP       only the checks whose title matches`;

export class UsageError extends Error {
  override name = 'UsageError';
}

/** @throws UsageError */
export function readOptions(args: string[]): Options | 'help' {
  try {
    const { values } = parseArgs({
      args,
      options: {
        namespace: { type: 'string', default: 'traced-functions-e2e' },
        keep: { type: 'boolean', default: false },
        'network-policy': { type: 'boolean', default: false },
        'page-image': { type: 'string', default: 'dev.local/traced-functions/root:v2' },
        only: { type: 'string', default: '' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    return {
      namespace: values.namespace,
      keep: values.keep,
      networkPolicy: values['network-policy'],
      pageImage: values['page-image'],
      only: new RegExp(values.only),
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
