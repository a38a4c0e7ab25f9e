import type { IncomingMessage } from 'node:http';
import { HttpError } from './problem.ts';

/** The limit of an upload is its progress, not its duration: 500 bytes a second, measured over 10 s. */
export const uploadLimit = { windowMs: 10_000, leastBytes: 5_000 };

/** Whether the request waits for the function to read on, and not for the client. */
const isHeldUp = (req: IncomingMessage): boolean => !req.readableFlowing || req.isPaused();

/** Calls `onSlow` with a 408 when the client has sent less than `uploadLimit` asks for in a window. */
export function watchUpload(req: IncomingMessage, onSlow: (error: HttpError) => void): void {
  let seen = req.socket.bytesRead;
  const timer = setInterval(() => {
    const bytes = req.socket.bytesRead - seen;
    seen = req.socket.bytesRead;
    if (req.complete) clearInterval(timer);
    else if (bytes < uploadLimit.leastBytes && !isHeldUp(req)) {
      clearInterval(timer);
      onSlow(new HttpError(408, 'The request body came too slowly.'));
    }
  }, uploadLimit.windowMs);
  req.once('end', () => clearInterval(timer));
  req.once('close', () => clearInterval(timer));
}
