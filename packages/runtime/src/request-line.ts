/** Reads a request's target, framing and headers as HTTP/1.1 defines them (RFC 9112), before anything else looks at them. */
import type { IncomingMessage } from 'node:http';
import { HttpError } from './problem.ts';

const slash = 47;

/** The authority of an http URL without user information: a name, an IPv4 address or an IPv6 address in brackets, and a port. */
const isAuthority = (text: string): boolean =>
  /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+,;=%-]+)(?::\d*)?$/i.test(text);

function replaceHost(req: IncomingMessage, host: string): void {
  req.headers.host = host;
  const { rawHeaders } = req;
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  if (index >= 0) rawHeaders[index + 1] = host;
}

/**
 * Turns a target in absolute form (`http://host/path`) into the origin form, with the target's host in place of the
 * `Host` header's (RFC 9112, 3.2.2). Other targets stay as they are.
 */
export function normalizeTarget(req: IncomingMessage): void {
  const { url = '' } = req;
  if (url.charCodeAt(0) === slash) return;
  const [, authority = '', rest = ''] = /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(url) ?? [];
  if (!isAuthority(authority) || hostCount(req) > 1) return;
  if (rest === '' && req.method === 'OPTIONS') req.url = '*';
  else req.url = rest.charCodeAt(0) === slash ? rest : `/${rest}`;
  replaceHost(req, authority);
}

function hostCount({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}

/** Most requests come with the same host as the one before. */
let lastHost = '';

function isHost(host: string): boolean {
  if (host === lastHost) return true;
  // Empty where the target has no authority (RFC 9112, 3.2).
  if (host !== '' && !isAuthority(host)) return false;
  lastHost = host;
  return true;
}

const invalid = (detail: string): HttpError => new HttpError(400, detail);

function hostFault(req: IncomingMessage): HttpError | undefined {
  const { host } = req.headers;
  if (host === undefined) {
    return req.httpVersionMinor === 0 ? undefined : invalid('An HTTP/1.1 request needs a Host header.');
  }
  if (hostCount(req) > 1) return invalid('The request has more than one Host header.');
  return isHost(host) ? undefined : invalid('The Host header is not a host.');
}

function targetFault({ url = '', method }: IncomingMessage): HttpError | undefined {
  if (url.charCodeAt(0) !== slash && !(url === '*' && method === 'OPTIONS')) {
    return invalid('The request target is neither a path nor an http URL.');
  }
  return url.includes('#') ? invalid('The request target has a fragment.') : undefined;
}

function framingFault(req: IncomingMessage): HttpError | undefined {
  const coding = req.headers['transfer-encoding'];
  if (coding !== undefined) {
    if (req.httpVersionMinor === 0) return invalid('An HTTP/1.0 request has no Transfer-Encoding.');
    if (coding.toLowerCase() !== 'chunked') {
      return new HttpError(501, 'Of the transfer codings, only chunked is supported.');
    }
  }
  const { expect } = req.headers;
  if (expect === undefined || req.httpVersionMinor === 0 || expect.toLowerCase() === '100-continue')
    return undefined;
  return new HttpError(417, 'Of the expectations, only 100-continue is supported.');
}

/** What is wrong with a request whatever function it is for, or undefined. Expects `normalizeTarget` to have run. */
export function requestFault(req: IncomingMessage): HttpError | undefined {
  if (req.httpVersionMajor !== 1) return new HttpError(505, 'Only HTTP/1.1 and HTTP/1.0 are supported.');
  return hostFault(req) ?? targetFault(req) ?? framingFault(req);
}
