/** Whom a call asks, and for what: hosts, ports, URLs and paths. */
import type { Facts } from './facts.ts';
import { memoize } from './memoize.ts';

const base = 'http://unknown';

function parsed(url: string): URL | undefined {
  return url !== '' && URL.canParse(url, base) ? new URL(url, base) : undefined;
}

const pathIn = memoize(url => parsed(url)?.pathname ?? '');
const hostIn = memoize(url => parsed(url)?.host ?? '');

/** The path of the URL, without host and query; empty where the span does not say. */
export const pathOf = ({ url, urlPath }: Facts): string => pathIn(url || urlPath);

/** Host and port, as far as they are given. */
export function addressOf({ host, port, url }: Facts): string {
  if (host === '') return hostIn(url) === 'unknown' ? '' : hostIn(url);
  return port === '' || host.endsWith(`:${port}`) ? host : `${host}:${port}`;
}

/** The parts of the URL's path, and its parameters. */
export function urlParts({ url, urlPath, urlQuery }: Facts): {
  segments: string[];
  parameters: [string, string][];
} {
  const whole = parsed(url || urlPath);
  const parameters = [...(whole?.searchParams ?? []), ...new URLSearchParams(urlQuery)];
  return { segments: whole?.pathname.split('/') ?? [], parameters };
}
