/** Responses to failures of the function's own code. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { config } from './config.ts';
import { HttpError, reportFailure, sendProblem } from './problem.ts';

/** The framework's response: the message as text or, in production, the status alone. */
function sendAsFramework(res: ServerResponse, error: unknown): void {
  reportFailure(error, 500);
  const isProduction = process.env['NODE_ENV'] === 'production';
  const message = String((error as Error | undefined)?.message ?? error);
  res.statusCode = 500;
  res.setHeader('content-type', `text/${isProduction ? 'plain' : 'html'}; charset=utf-8`);
  res.end(isProduction ? STATUS_CODES[500] : message);
}

/**
 * Sends what was thrown as a problem document or, with ERROR_RESPONSES=framework, as the framework does. An HttpError
 * is a response that was meant, and always a problem document.
 * @param outcome what `X-Google-Status` says to Google Cloud's platform
 */
export function sendFailure(res: ServerResponse, error: unknown, outcome: 'crash' | 'error'): void {
  const begun = res.headersSent || res.destroyed;
  if (!begun && !(error instanceof HttpError)) {
    res.setHeader('X-Google-Status', outcome);
    if (config.errorResponses === 'framework') {
      sendAsFramework(res, error);
      return;
    }
  }
  sendProblem(res, error);
}
