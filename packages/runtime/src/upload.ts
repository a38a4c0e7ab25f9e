import type { IncomingMessage } from 'node:http';
import { HttpError } from './problem.ts';

/** The limit of an upload is its progress, not its duration: 500 bytes a second, measured over 10 s. */
export const uploadLimit = { windowMs: 10_000, leastBytes: 5_000 };

/**
 * Calls `onSlow` with a 408 when the client has sent less than `uploadLimit` asks for in a window. Where the function
 * is slow to read what has come, the client is not to blame.
 */
export function watchUpload(req: IncomingMessage, onSlow: (error: HttpError) => void): void {
  const { socket } = req;
  let seen = socket.bytesRead;
  const timer = setInterval(() => {
    const bytes = socket.bytesRead - seen;
    seen = socket.bytesRead;
    if (req.complete || socket.destroyed) clearInterval(timer);
    else if (bytes < uploadLimit.leastBytes && req.readableLength === 0) {
      clearInterval(timer);
      onSlow(new HttpError(408, 'The request body came too slowly.'));
    }
  }, uploadLimit.windowMs).unref();
  req.once('end', () => clearInterval(timer));
  req.once('close', () => clearInterval(timer));
}
