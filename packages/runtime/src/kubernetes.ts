import { readFileSync } from 'node:fs';

/**
 * The namespace a pod runs in is the first label of its first DNS search domain: a Service account's token,
 * the usual source, is not mounted, and Knative switches `fieldRef` off by default.
 */
export function namespace(resolvConf = '/etc/resolv.conf'): string {
  try {
    const search = /^search\s+(\S+)/m.exec(readFileSync(resolvConf, 'utf8'))?.[1] ?? '';
    return /^([a-z0-9-]+)\.svc\./.exec(search)?.[1] ?? 'default';
  } catch {
    return 'default';
  }
}
