/** The Express application that a function is called by, as the Functions Framework sets it up. */
import express, { type Application, type ErrorRequestHandler, type RequestHandler } from 'express';
import { invoked } from './events.ts';
import { handlerOf, type LoadedFunction, type SignatureType } from './function-kinds.ts';
import { HttpError, sendProblem } from './problem.ts';
import { defaultIgnoredRoutes } from './settings.ts';

/** In the place of Express's own handler, which answers with HTML and a stack. Express knows it by its four parameters. */
const onError: ErrorRequestHandler = (error: { status?: number }, _req, res, _next) => {
  const { status = 500 } = error;
  if (error instanceof HttpError || status >= 500) sendProblem(res, error);
  else sendProblem(res, new HttpError(status, 'The request could not be understood.', { cause: error }));
};

/** Express responds to OPTIONS itself, with the methods that there are. */
const notFound: RequestHandler = (req, res, next) =>
  req.method === 'OPTIONS' ? next() : noSuchPath(req, res, next);

const noSuchPath: RequestHandler = (req, res) =>
  sendProblem(res, new HttpError(404, `There is no ${req.originalUrl.split('?', 1)[0]} here.`));

/** The framework's response to an ignored route. */
const noContent: RequestHandler = (_req, res) => void res.status(404).send(null);

/** Conversions between CloudEvents and the events of before, either way, as the function's kind has them. */
async function conversions(signatureType: SignatureType): Promise<RequestHandler[]> {
  if (signatureType === 'http') return [];
  const { legacyPubSubEventMiddleware } = await import(
    '@google-cloud/functions-framework/build/src/pubsub_middleware.js'
  );
  if (signatureType === 'event') {
    const { cloudEventToBackgroundEventMiddleware } = await import(
      '@google-cloud/functions-framework/build/src/middleware/cloud_event_to_background_event.js'
    );
    return [legacyPubSubEventMiddleware, cloudEventToBackgroundEventMiddleware];
  }
  const { backgroundEventToCloudEventMiddleware } = await import(
    '@google-cloud/functions-framework/build/src/middleware/background_event_to_cloud_event.js'
  );
  return [legacyPubSubEventMiddleware, backgroundEventToCloudEventMiddleware];
}

/** Adds the execution's id to what the function logs. */
async function executionLog(): Promise<RequestHandler> {
  const { loggingHandlerAddExecutionContext } = await import(
    '@google-cloud/functions-framework/build/src/logger.js'
  );
  const { asyncLocalStorageMiddleware } = await import(
    '@google-cloud/functions-framework/build/src/async_local_storage.js'
  );
  loggingHandlerAddExecutionContext();
  return asyncLocalStorageMiddleware;
}

const cloudTraceContext = /^\w+\/(\d+)(?:;o=.+)?$/;

/** `req.executionId` and `req.spanId`, which the framework's type of a request has. */
const executionContext: RequestHandler = (req, _res, next) => {
  const spanId = cloudTraceContext.exec(req.header('x-cloud-trace-context') ?? '')?.[1];
  const executionId = req.header('function-execution-id') ?? randomExecutionId();
  Object.assign(req, { executionId, ...(spanId === undefined ? {} : { spanId }) });
  next();
};

const randomExecutionId = (): string =>
  Date.now().toString(36).slice(-6) + Math.random().toString(36).slice(2, 8).padStart(6, '0');

const publishInvoked: RequestHandler = (_req, res, next) => {
  invoked.publish(res);
  next();
};

export interface ApplicationOptions {
  /** `framework` leaves what no handler takes to Express, which responds with HTML. */
  errorResponses: 'problem' | 'framework';
  /** Paths that get 404. */
  ignoredRoutes: string[];
  logExecutionId: boolean;
}

/** Sets up what a request passes on its way to the function. */
export async function createApplication(
  loaded: LoadedFunction,
  { errorResponses, ignoredRoutes, logExecutionId }: ApplicationOptions,
): Promise<Application> {
  const app = express();
  app.enable('trust proxy').disable('x-powered-by').set('etag', false);
  app.use(executionContext);
  if (logExecutionId) app.use(await executionLog());
  for (const convert of await conversions(loaded.signatureType)) app.use(convert);
  const isFrameworks = errorResponses === 'framework';
  const isHttp = loaded.signatureType === 'http';
  if (ignoredRoutes.length > 0 && (isHttp || ignoredRoutes.join() !== defaultIgnoredRoutes)) {
    app.use(ignoredRoutes, isFrameworks ? noContent : noSuchPath);
  }
  const handlers = invoked.hasSubscribers ? [publishInvoked, handlerOf(loaded)] : [handlerOf(loaded)];
  if (isHttp) app.all('/{*splat}', ...handlers);
  else app.post('/{*splat}', ...handlers);
  if (isFrameworks) return app;
  app.use(notFound);
  app.use(onError);
  return app;
}
