/** What is measured: the baselines, and ours in its ways to be run. */
import { join } from 'node:path';
import { nodeOptions } from '../packages/runtime/src/node-options.ts';

export const variantNames = [
  'plain',
  'framework',
  'bundled-framework',
  'node-sdk',
  'zero-code',
  'packed',
  'untraced',
  'jaeger',
  'otlp',
] as const;
export type VariantName = (typeof variantNames)[number];

/** The one that ratios are to. */
export const base: VariantName = 'framework';

export const descriptions: Record<VariantName, string> = {
  plain: 'A  node:http, untraced',
  framework: 'B  Functions Framework CLI, untraced',
  'bundled-framework': 'B  bundled with a code cache, untraced',
  'node-sdk': 'C  NodeSDK as documented, on B',
  'zero-code': 'D  zero-code auto-instrumentation, on B',
  packed: 'ours, not bundled, traced, OTLP',
  untraced: 'ours, without tracing',
  jaeger: 'ours, traced, Jaeger exporter',
  otlp: 'ours, traced, OTLP',
};

export interface Variant {
  name: VariantName;
  /** For Node: its options, the program and the program's. */
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** Where things are. */
export interface Places {
  /** The baselines' folder. */
  baselines: string;
  /** The folder of the bundles, and of what makeHello makes. */
  bundles: string;
  /** The collector's base URLs. */
  thrift: string;
  otlp: string;
}

const cli = 'node_modules/@google-cloud/functions-framework/build/src/main.js';

/**
 * A function's bundle, run as its image runs it.
 * @param folder the bundle's, in that of all of them
 */
export function bundleVariant(
  name: 'jaeger' | 'otlp',
  target: string,
  { bundles, thrift, otlp }: Pick<Places, 'bundles' | 'thrift' | 'otlp'>,
  folder = target,
): Variant {
  const env = {
    FUNCTION_TARGET: target,
    FAULTS: '',
    HOST: '127.0.0.1',
    OTEL_TRACES_EXPORTER: name,
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${thrift}/api/traces`,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
  };
  return { name, args: [...nodeOptions, 'main.cjs'], cwd: join(bundles, folder), env };
}

/** The variants of the function in baselines/function.js that has a name. */
export function helloVariants(places: Places, target = 'root'): Record<VariantName, Variant> {
  const { baselines: cwd, bundles, thrift, otlp } = places;
  const bundled = (name: 'jaeger' | 'otlp'): Variant => {
    const { env, ...rest } = bundleVariant(name, target, places, 'hello');
    // As B, on all addresses: to check a given one costs Node 3 ms.
    const { HOST: _, ...others } = env;
    return { ...rest, env: others };
  };
  const onCli = (name: VariantName, options: string[], env: NodeJS.ProcessEnv = {}): Variant => ({
    name,
    args: [...options, cli, '--source=function.js', `--target=${target}`],
    cwd,
    env,
  });
  // Without these both would also look for somewhere to send metrics and logs to, and the latter would ask every cloud's
  // metadata server where it is: they are given the better chance.
  const traced = { OTEL_SERVICE_NAME: 'root', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  return {
    plain: { name: 'plain', args: ['plain.js'], cwd, env: {} },
    framework: onCli('framework', []),
    'node-sdk': onCli('node-sdk', ['--require', './instrumentation.js'], {
      ...traced,
      OTEL_EXPORTER_JAEGER_ENDPOINT: `${thrift}/api/traces`,
    }),
    'zero-code': onCli('zero-code', ['--require', '@opentelemetry/auto-instrumentations-node/register'], {
      ...traced,
      OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    }),
    'bundled-framework': {
      name: 'bundled-framework',
      args: ['main.cjs'],
      cwd: join(bundles, 'framework'),
      env: { FUNCTION_TARGET: target },
    },
    packed: {
      name: 'packed',
      args: ['node_modules/@traced-functions/runtime/bin/traced-functions.cjs', `--target=${target}`],
      cwd: join(bundles, 'packed'),
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp },
    },
    untraced: { ...bundled('otlp'), name: 'untraced', cwd: join(bundles, 'untraced') },
    jaeger: bundled('jaeger'),
    otlp: bundled('otlp'),
  };
}
