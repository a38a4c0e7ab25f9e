/** Requests with bodies, as they are measured. */
import type { FirstRequest } from './first-answer.ts';

/** 1 kB of JSON. */
export const jsonPost: FirstRequest = {
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    items: Array.from({ length: 18 }, (_, id) => ({ id, name: `an item, the ${id}th of some`.slice(0, 30) })),
  }),
};

/** A CloudEvent in binary mode. */
export const cloudEvent: FirstRequest = {
  method: 'POST',
  path: '/',
  headers: {
    'content-type': 'application/json',
    'ce-id': '1',
    'ce-source': '/bench',
    'ce-specversion': '1.0',
    'ce-type': 'bench.first',
  },
  body: '{"order":7}',
};
