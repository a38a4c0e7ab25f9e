import { getRegisteredFunction } from '@google-cloud/functions-framework/build/src/function_registry.js';
import type { LoadedFunction } from './function-kinds.ts';
import { ConfigError } from './setting.ts';
import type { Config } from './settings.ts';

/** What a dotted name leads to in a module's exports; of a CommonJS module, in what it assigned to `module.exports`. */
function exported(module: Record<string, unknown>, target: string): unknown {
  const find = (from: unknown): unknown =>
    target
      .split('.')
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], from);
  return find(module) ?? find(module['default']);
}

/**
 * The function that a module has registered under the target's name or, where there is none, that it exports under it.
 * @throws ConfigError where it does neither
 */
export function findFunction(
  module: Record<string, unknown>,
  { functionTarget: target, signatureType }: Config,
): LoadedFunction {
  const registered = getRegisteredFunction(target);
  if (registered !== undefined) return registered;
  const userFunction = exported(module, target);
  if (typeof userFunction === 'function') {
    return { signatureType, userFunction: userFunction as LoadedFunction['userFunction'] };
  }
  const names = Object.keys(module).filter(name => name !== 'default' && typeof module[name] === 'function');
  throw new ConfigError(
    `FUNCTION_TARGET: the module has neither registered nor exported a function "${target}"` +
      (names.length > 0 ? `; exported: ${names.join(', ')}` : ''),
  );
}
