/** What the gateway calls; a function of your own is one more line, such as `echo: {}`. */
interface TargetOptions {
  /** Its route at the gateway, which is also the path that it is called by; `/<name>` unless given. */
  path?: string;
  /** A second route. */
  alias?: string;
  /** The variable with its address; `<NAME>_URL` unless given. */
  variable?: string;
}

const table = {
  root: { path: '/' },
  alpha: {},
  beta: {},
  redis: { alias: '/writeredis', variable: 'REDIS_FUNCTION_URL' }, // REDIS_URL is that of Redis itself
} satisfies Record<string, TargetOptions>;

export type TargetName = keyof typeof table;

export interface Target {
  name: TargetName;
  path: string;
  /** Its path first. */
  routes: string[];
  variable: string;
}

export const targets: Target[] = Object.entries<TargetOptions>(table).map(
  ([name, { path, alias, variable }]) => {
    const own = path ?? `/${name}`;
    return {
      name: name as TargetName,
      path: own,
      routes: alias === undefined ? [own] : [own, alias],
      variable: variable ?? `${name.toUpperCase().replaceAll('-', '_')}_URL`,
    };
  },
);
