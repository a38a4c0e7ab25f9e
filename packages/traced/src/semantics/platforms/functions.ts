/**
 * Functions that say themselves that they started: this project's runtime (`cold start`), and what runs on Cloud Run,
 * Cloud Functions or Azure, whose first request has `faas.coldstart` on its server span.
 */
import { memoizedTest } from '../memoize.ts';
import type { Platform } from './platform.ts';

const isStart = memoizedTest(/^cold[ -]?start$/i);

export const functions: Platform = {
  isStart: ({ name }) => name.length <= 'cold-start'.length && isStart(name),
};
