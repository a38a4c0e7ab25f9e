/** What the runtime tells of its work. Publishing costs nothing while nobody subscribes: metrics do, where they are on. */
import { channel } from 'node:diagnostics_channel';

/** The process listens: how many ms that took from its start. */
export const ready = channel('traced-functions:ready');

/** The process's first request, the one whose span has `faas.coldstart`: its span. */
export const coldStart = channel('traced-functions:cold start');

/** A request has been received: its ServerResponse, in the request's context. */
export const received = channel('traced-functions:received');

/** The function is called: the ServerResponse. */
export const invoked = channel('traced-functions:invoked');

/** A request by `node:http` is about to be made: its options. */
export const requesting = channel('traced-functions:requesting');

/** It has been made: its ClientRequest, in its context. */
export const requested = channel('traced-functions:requested');
