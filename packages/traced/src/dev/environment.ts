/** What a function's process gets for its environment. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** The variables of `.env` files, the later folders' over the earlier ones'; never logged. */
export function envFiles(...folders: string[]): NodeJS.ProcessEnv {
  return Object.assign({}, ...folders.map(folder => readEnv(join(folder, '.env'))));
}

function readEnv(file: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** `hello-world` is found by HELLO_WORLD_URL. */
const variableOf = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');

/**
 * Where each function is: `<NAME>_URL` or, where that is set to something else already, `<NAME>_FUNCTION_URL`.
 * @param set what is set already
 */
export function functionUrls(ports: ReadonlyMap<string, number>, set: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const urls = [...ports].map(([name, port]) => {
    const variable = variableOf(name);
    return [
      set[`${variable}_URL`] ? `${variable}_FUNCTION_URL` : `${variable}_URL`,
      `http://127.0.0.1:${port}`,
    ];
  });
  return Object.fromEntries(urls);
}

export interface SpanEndpoints {
  /** Jaeger's Thrift over HTTP. */
  thrift: string | undefined;
  /** OTLP over HTTP. */
  otlp: string | undefined;
}

/** Where spans go, soon after they have ended, so that a trace can be shown; a user's own settings win. */
export const spanSettings = ({ thrift, otlp }: SpanEndpoints): NodeJS.ProcessEnv => ({
  OTEL_BSP_SCHEDULE_DELAY: '200',
  ...(otlp === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: otlp }),
  ...(thrift === undefined ? {} : { OTEL_EXPORTER_JAEGER_ENDPOINT: thrift }),
});

/** How a function's process is run here, whatever else is set. */
export const processSettings: NodeJS.ProcessEnv = {
  HOST: '127.0.0.1',
  // Its requests come from the port that it is called at, which is another process's.
  PORT: '0',
  // That process sends nothing more by then, so there is no router to wait for.
  LAME_DUCK_MS: '0',
  // A part of what stopping all may take.
  SHUTDOWN_TIMEOUT_MS: '3000',
};
