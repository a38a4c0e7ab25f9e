/** Responses to failures of the function's own code. */
import type { Response } from 'express';
import { config } from './config.ts';
import { HttpError, reportFailure, sendProblem } from './problem.ts';

/** The framework's response: the message as text or, in production, the status alone. */
function sendAsFramework(res: Response, error: unknown): void {
  reportFailure(error, 500);
  const message = (error as Error | undefined)?.message ?? error;
  if (process.env['NODE_ENV'] === 'production') res.sendStatus(500);
  else res.status(500).send(String(message));
}

/**
 * Sends what was thrown as a problem document or, with ERROR_RESPONSES=framework, as the framework does. An HttpError
 * is a response that was meant, and always a problem document.
 * @param outcome what `X-Google-Status` says to Google Cloud's platform
 */
export function sendFailure(res: Response, error: unknown, outcome: 'crash' | 'error'): void {
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
