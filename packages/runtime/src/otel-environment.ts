/** Makes OpenTelemetry's variables ones that the SDK can read without an idea of its own. */
import { type OtelSetting, otelSettings } from './otel-settings.ts';
import { known } from './otel-values.ts';
import { masked } from './setting.ts';

/**
 * Trims values, writes names in lower case, and removes what is empty or cannot be used, so that its default holds.
 * @param env changed in place
 * @returns one line for each variable that cannot be used as it is
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv): string[] {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('OTEL_')) continue;
    if (value?.trim()) env[name] = value.trim();
    else delete env[name];
  }
  const warnings = Object.entries(otelSettings).flatMap(([name, item]) => cleanOne(name, item, env));
  warnings.push(...checkBatch(env));
  // Without it, the SDK warns of a default that the specification gives.
  if (env['OTEL_TRACES_SAMPLER']?.endsWith('ratio')) env['OTEL_TRACES_SAMPLER_ARG'] ??= '1';
  return warnings;
}

function cleanOne(name: string, item: OtelSetting, env: NodeJS.ProcessEnv): string[] {
  const value = env[name];
  if (value === undefined) return [];
  const shown = item.secret ? name : `${name}=${JSON.stringify(masked(value))}`;
  try {
    if (item.parse === undefined) throw new Error('is not supported');
    env[name] = String(item.parse(value));
    return [];
  } catch (error) {
    const rest = item.names ? known(item.names, value).join(',') : '';
    if (rest === '') delete env[name];
    else env[name] = rest;
    return [`${shown} ${(error as Error).message}; used instead: ${rest || item.fallback}`];
  }
}

function checkBatch(env: NodeJS.ProcessEnv): string[] {
  const name = 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE';
  const most = env['OTEL_BSP_MAX_QUEUE_SIZE'] ?? '2048';
  const given = env[name];
  if (given === undefined || Number(given) <= Number(most)) return [];
  env[name] = most;
  return [`${name}="${given}" must not be more than OTEL_BSP_MAX_QUEUE_SIZE; used instead: ${most}`];
}
