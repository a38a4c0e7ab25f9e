import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

export interface ClusterOptions {
  rounds: number;
  namespace: string;
  /** What the images' names begin with. */
  registry: string;
  /** The function's image's. */
  tag: string;
  /** Whether the baselines' image is built first, and where it then goes. */
  build: 'load' | 'push' | undefined;
  json: boolean;
}

export const clusterUsage = `usage: npm run bench:cluster [-- options]

Measures a request to a function that is scaled to zero, from its sending to the
end of its answer, through Kourier and the activator of the cluster that
KUBECONFIG names: the function root, traced, and in turns with it (A) plain
node:http, (B) the Functions Framework's CLI, both untraced, (C) NodeSDK on B,
each in root's own pod. Does so in a namespace of its own, which it deletes at
the end. A round takes about a minute; the exit status is 1 if a target is
missed. Run it on a cluster that does nothing else.

The cluster needs Knative Serving and Kourier (scripts/platform brings them) and
two images: the function's (npm run images -- --function root --load) and the
baselines' (--build).

  --rounds N        how many times each is measured (12)
  --build           builds the baselines' image first and imports it into K3s,
                    kind or containerd on this machine
  --push            builds it and pushes it to the registry instead
  --registry R      what the images' names begin with (dev.local/traced-functions)
  --tag T           of the function's image (v2)
  --namespace NAME  which is made, used and deleted (traced-functions-bench)
  --json            the results as JSON, each round's value with them
  --help            this text
`;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '12' },
        build: { type: 'boolean', default: false },
        push: { type: 'boolean', default: false },
        registry: { type: 'string', default: 'dev.local/traced-functions' },
        tag: { type: 'string', default: 'v2' },
        namespace: { type: 'string', default: 'traced-functions-bench' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws {UsageError} */
export function readClusterOptions(args: readonly string[]): ClusterOptions | 'help' {
  const { help, rounds, build, push, ...rest } = parse(args);
  if (help) return 'help';
  if (!/^[1-9]\d{0,3}$/.test(rounds)) throw new UsageError(`--rounds ${rounds} is no number from 1 to 9999`);
  return { ...rest, rounds: Number(rounds), build: push ? 'push' : build ? 'load' : undefined };
}
