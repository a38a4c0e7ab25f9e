import type { DevOptions } from './dev-server.ts';

/** Cannot be started like this; the message is for people. */
export class DevError extends Error {}

/**
 * Turns "this port is taken" into an error that says what moves it.
 * @throws {DevError}
 */
export async function named<T>(
  { ports, variables }: Pick<DevOptions, 'ports' | 'variables'>,
  starting: Promise<T>,
): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const owner = (['query', 'thrift', 'otlp'] as const).find(each => ports[each] === port);
    const trouble = code === 'EADDRINUSE' ? 'is taken' : 'is not allowed';
    throw new DevError(
      `port ${port} ${trouble}; set ${variables[owner ?? 'function']} to another one (0 for any that is free)`,
    );
  }
}
