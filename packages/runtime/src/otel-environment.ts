/** Leaves only those of OpenTelemetry's variables in the environment that are used, as they are used. */
import { type OtelSetting, otelSettings } from './otel-settings.ts';
import { assignment } from './setting.ts';

const shown = ({ name, isSecret }: OtelSetting, value: string): string =>
  isSecret ? name : assignment(name, value.length > 200 ? `${value.slice(0, 200)}…` : value);

/** @returns the value to use, undefined for none, and what is to be said of it */
function check(item: OtelSetting, value: string): { used?: string | undefined; problem?: string } {
  if (value === '') return {};
  if (item.support === 'not supported') return { problem: 'is not supported' };
  try {
    return { used: item.kind.parse(value) || undefined };
  } catch (error) {
    return { used: item.kind.usablePart?.(value) || undefined, problem: (error as Error).message };
  }
}

function set(env: NodeJS.ProcessEnv, name: string, value: string | undefined): void {
  if (value === undefined) delete env[name];
  else env[name] = value;
}

/**
 * Checks every variable of OpenTelemetry's that is set. One that is empty, not supported or invalid is taken out of the
 * environment, so that nothing reads it; the others are written as all that reads them understands them. To be called
 * before the first of them is read.
 * @returns a warning for each that is not used as it is
 */
export function checkOtelEnvironment(env: NodeJS.ProcessEnv): string[] {
  const warnings: string[] = [];
  for (const item of otelSettings) {
    const value = env[item.name]?.trim();
    if (value === undefined) continue;
    const { used, problem } = check(item, value);
    set(env, item.name, used);
    if (problem !== undefined)
      warnings.push(`${shown(item, value)} ${problem}; used instead: ${item.instead}`);
  }
  warnings.push(...checkBatchSize(env), ...checkJaegerAddresses(env));
  giveSamplerItsArgument(env);
  return warnings;
}

/** A batch of more than the queue holds would never be full. */
function checkBatchSize(env: NodeJS.ProcessEnv): string[] {
  const { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: batch, OTEL_BSP_MAX_QUEUE_SIZE: queue } = env;
  if (batch === undefined || queue === undefined || Number(batch) <= Number(queue)) return [];
  env['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'] = queue;
  return [
    `OTEL_BSP_MAX_EXPORT_BATCH_SIZE="${batch}" must be at most the size of the queue; used instead: ${queue}`,
  ];
}

/** Jaeger's exporter would prefer the collector, but here the agent wins. */
function checkJaegerAddresses(env: NodeJS.ProcessEnv): string[] {
  const { OTEL_EXPORTER_JAEGER_AGENT_HOST: agent, OTEL_EXPORTER_JAEGER_ENDPOINT: endpoint } = env;
  if (agent === undefined || endpoint === undefined) return [];
  delete env['OTEL_EXPORTER_JAEGER_ENDPOINT'];
  const name = assignment('OTEL_EXPORTER_JAEGER_ENDPOINT', endpoint);
  return [`${name} is one address of two; used instead: OTEL_EXPORTER_JAEGER_AGENT_HOST`];
}

/** The specification's default, of which the SDK would complain. */
function giveSamplerItsArgument(env: NodeJS.ProcessEnv): void {
  if (env['OTEL_TRACES_SAMPLER']?.endsWith('traceidratio')) env['OTEL_TRACES_SAMPLER_ARG'] ??= '1';
}
