/** What is measured: four baselines, and ours with either exporter. */
import { join } from 'node:path';
import { nodeOptions } from '../packages/runtime/src/node-options.ts';

export const variantNames = ['plain', 'framework', 'node-sdk', 'zero-code', 'jaeger', 'otlp'] as const;
export type VariantName = (typeof variantNames)[number];

/** The one that ratios are to. */
export const base: VariantName = 'framework';

export const descriptions: Record<VariantName, string> = {
  plain: 'A  node:http, untraced',
  framework: 'B  Functions Framework CLI, untraced',
  'node-sdk': 'C  NodeSDK as documented, on B',
  'zero-code': 'D  zero-code auto-instrumentation, on B',
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
  /** The folder of the bundles. */
  bundles: string;
  /** The collector's base URLs. */
  thrift: string;
  otlp: string;
}

const cli = 'node_modules/@google-cloud/functions-framework/build/src/main.js';

/** A function's bundle, run as its image runs it. */
export function bundleVariant(
  name: 'jaeger' | 'otlp',
  target: string,
  { bundles, thrift, otlp }: Pick<Places, 'bundles' | 'thrift' | 'otlp'>,
): Variant {
  const env = {
    FUNCTION_TARGET: target,
    FAULTS: '',
    HOST: '127.0.0.1',
    OTEL_TRACES_EXPORTER: name,
    OTEL_EXPORTER_JAEGER_ENDPOINT: `${thrift}/api/traces`,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
  };
  return { name, args: [...nodeOptions, 'main.cjs'], cwd: join(bundles, target), env };
}

/** The variants of a function that says hello. */
export function helloVariants(places: Places): Record<VariantName, Variant> {
  const { baselines: cwd, thrift, otlp } = places;
  const onCli = (name: VariantName, options: string[], env: NodeJS.ProcessEnv = {}): Variant => ({
    name,
    args: [...options, cli, '--source=function.js', '--target=root'],
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
    jaeger: bundleVariant('jaeger', 'root', places),
    otlp: bundleVariant('otlp', 'root', places),
  };
}
