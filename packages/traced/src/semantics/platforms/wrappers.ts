/**
 * Spans of frameworks around a handler (a servlet filter, a middleware, a controller), which some instrumentations
 * write as siblings of what runs in them rather than as its parents.
 */
import { memoizedTest } from '../memoize.ts';

export const isWrapperName = memoizedTest(
  /filter|middleware|handler|controller|interceptor|dispatch|servlet|router|\bview\b|\baction\b|advice|aspect|pipeline|endpoint|resource\b|\broute\b/i,
);
