/** How each kind of function is called, and what becomes of what it returns or fails with. */
import { context } from '@opentelemetry/api';
import type { Request, RequestHandler, Response } from 'express';
import { processing } from './cloud-event-span.ts';
import { sendFailure } from './failure.ts';
import { currentInvocation, setRoute } from './invocation.ts';
import { log } from './log.ts';
import { HttpError } from './problem.ts';

export type SignatureType = 'http' | 'event' | 'cloudevent';

export interface LoadedFunction {
  signatureType: SignatureType;
  userFunction: (...args: unknown[]) => unknown;
}

type EventFunction = LoadedFunction['userFunction'];

/** The response to a failure of the function's own code; where its time ran out or its client left, that is why. */
function fail(res: Response, error: unknown, outcome: 'crash' | 'error'): void {
  const signal = currentInvocation()?.signal;
  sendFailure(res, signal?.aborted ? signal.reason : error, outcome);
}

/** An Express application hands on what it does not handle, where it is given a way; else it responds with HTML and a stack. */
const isApplication = (userFunction: EventFunction): boolean =>
  typeof (userFunction as { handle?: unknown }).handle === 'function';

/**
 * Names the server span after the route of the application that took the request. Not where its router is mounted below
 * a path: the request has that path with the values of its parameters only, and a span's name has none.
 */
function nameAfterRoute(req: Request, res: Response): void {
  const outer: unknown = req.route;
  const name = () => {
    const { route, baseUrl } = req;
    if (route !== outer && typeof route?.path === 'string' && baseUrl === '') setRoute(route.path);
  };
  res.once('finish', context.bind(context.active(), name));
}

function httpHandler(userFunction: EventFunction): RequestHandler {
  if (isApplication(userFunction)) {
    return (req, res, next) => {
      nameAfterRoute(req, res);
      userFunction(req, res, next);
    };
  }
  return async (req, res) => {
    try {
      await userFunction(req, res);
    } catch (error) {
      fail(res, error, 'crash');
    }
  };
}

/** What an event function returns is the response, as the framework has it: 204 for nothing. */
function sendResult(res: Response, result: unknown): void {
  if (res.headersSent) return;
  if (result === undefined || result === null) res.sendStatus(204);
  else if (typeof result === 'number') res.json(result);
  else {
    try {
      res.send(result);
    } catch (error) {
      log.warning('the function’s result cannot be sent', { reason: String(error) });
      res.sendStatus(204);
    }
  }
}

/** Calls an event function by promise or, where it declares one more parameter, by callback. */
function callEventFunction(userFunction: EventFunction, args: unknown[]): Promise<unknown> {
  if (userFunction.length <= args.length) return Promise.resolve(userFunction(...args));
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  userFunction(...args, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)));
  return promise;
}

const eventHandler =
  (run: (req: Request) => Promise<unknown>): RequestHandler =>
  async (req, res) => {
    try {
      sendResult(res, await run(req));
    } catch (error) {
      fail(res, error, 'error');
    }
  };

type CloudEvent = Record<string, unknown>;

const required = ['type', 'specversion', 'source', 'id'];

/**
 * The event in a request, in binary mode (`ce-*` headers beside the data) or structured mode (all of it in the body).
 * @throws HttpError 400 where the body is no event
 */
function cloudEventOf(req: Request): CloudEvent {
  if (required.every(name => req.headers[`ce-${name}`])) {
    const names = Object.keys(req.headers).filter(name => name.startsWith('ce-'));
    const context = Object.fromEntries(names.map(name => [name.slice(3), req.header(name)]));
    return { ...context, data: req.body };
  }
  const event: unknown = req.body;
  if (typeof event !== 'object' || event === null || Buffer.isBuffer(event)) {
    throw new HttpError(400, 'The request holds no CloudEvent, in neither binary nor structured mode.');
  }
  return event as CloudEvent;
}

const cloudEventHandler = (userFunction: EventFunction): RequestHandler =>
  eventHandler(async req => {
    const event = cloudEventOf(req);
    return processing(event, () => {
      // The framework's way: the transport's context stands in the event that the function gets.
      const traceparent = req.header('traceparent');
      return callEventFunction(userFunction, [traceparent ? Object.assign(event, { traceparent }) : event]);
    });
  });

/** A background event: `{ data, context }`, or the context's properties beside `data`. */
const backgroundEventHandler = (userFunction: EventFunction): RequestHandler =>
  eventHandler(async req => {
    const event: unknown = req.body;
    if (typeof event !== 'object' || event === null || Buffer.isBuffer(event)) {
      throw new HttpError(400, 'The request holds no event.');
    }
    const { data, context, ...rest } = event as Record<string, unknown>;
    return callEventFunction(userFunction, [data, context ?? rest]);
  });

export function handlerOf({ signatureType, userFunction }: LoadedFunction): RequestHandler {
  switch (signatureType) {
    case 'http':
      return httpHandler(userFunction);
    case 'cloudevent':
      return cloudEventHandler(userFunction);
    case 'event':
      return backgroundEventHandler(userFunction);
  }
}
