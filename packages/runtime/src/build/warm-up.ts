/** The requests that a bundle is warmed up with: how they are written, and what is kept of them. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { BuildError } from './error.ts';

export interface WarmUpRequest {
  /** As it was written, for messages. */
  name: string;
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What a bundle's folder has in `.warm-up/warm-up.json`. */
export interface WarmUp {
  /** Variables of the function's own, its target among them. */
  env: Record<string, string>;
  /** Where there is none, the function is not called. */
  requests: WarmUpRequest[];
}

export const warmUpSyntax = 'METHOD:/path, METHOD:/path:body, METHOD:/path:@file or event:file';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function read(file: string, request: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BuildError(`--warm ${request}: ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** An event in a file: a CloudEvent in structured mode, or what the framework calls a background event. */
function eventRequest(name: string, file: string): WarmUpRequest {
  const body = read(file, name);
  if (!isJson(body)) throw new BuildError(`--warm ${name}: ${file} is not JSON`);
  const isCloudEvent = Object.hasOwn(JSON.parse(body) ?? {}, 'specversion');
  const type = isCloudEvent ? 'application/cloudevents+json' : 'application/json';
  return { name, method: 'POST', path: '/', headers: { 'content-type': type }, body };
}

/**
 * Reads a request as it stands on the command line: `GET:/path?query`, `POST:/path:{"a":1}`, `POST:/path:@body.json` or
 * `event:event.json`. A body is JSON where it can be read as such, else text.
 * @throws BuildError for what is none, or names a file that cannot be read
 */
export function warmUpRequest(name: string): WarmUpRequest {
  const [, event] = /^event:@?(.+)$/.exec(name) ?? [];
  if (event !== undefined) return eventRequest(name, event);
  const [, method, path, rest] = /^([A-Za-z]+):(\/[^:\s]*)(?::(.*))?$/s.exec(name) ?? [];
  if (method === undefined || path === undefined)
    throw new BuildError(`--warm ${name}: cannot be read as a request; write ${warmUpSyntax}`);
  const request = { name, method: method.toUpperCase(), path };
  if (rest === undefined) return { ...request, headers: {} };
  if (/^(?:GET|HEAD)$/.test(request.method))
    throw new BuildError(`--warm ${name}: a ${request.method} request has no body`);
  const file = rest.startsWith('@') ? rest.slice(1) : undefined;
  const body = file === undefined ? rest : read(file, name);
  const json = (file !== undefined && extname(file) === '.json') || isJson(body);
  return { ...request, headers: { 'content-type': json ? 'application/json' : 'text/plain' }, body };
}
