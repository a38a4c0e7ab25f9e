/** The platforms that are known: a new one is one file and one line here. */
import { envoy } from './envoy.ts';
import { functions } from './functions.ts';
import { knative } from './knative.ts';
import { lambda } from './lambda.ts';
import type { Platform, SpanName } from './platform.ts';

const platforms: readonly Platform[] = [knative, envoy, lambda, functions];

/** Whether the span is a platform's own, around a function's. */
export const isPlatformSpan = (span: SpanName): boolean =>
  platforms.some(platform => platform.isOwn?.(span) === true);

/** Whether the span is no more than the wait for a process that may take the request. */
export const isInstanceWait = (span: SpanName): boolean =>
  platforms.some(platform => platform.isWait?.(span) === true);

/** Whether the span is a process's start. */
export const isProcessStart = (span: SpanName): boolean =>
  platforms.some(platform => platform.isStart?.(span) === true);
