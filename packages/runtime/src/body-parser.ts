/**
 * What the Functions Framework and Express use of body-parser as they are loaded: five makers of handlers that never
 * get a request, since none with a body gets past server.ts. The package itself costs a start several milliseconds.
 */
const maker = () => (_req: unknown, _res: unknown, next: () => void) => next();

export { maker as json, maker as raw, maker as text, maker as urlencoded };
