import { http } from '@google-cloud/functions-framework';

http('esm', (_req, res) => res.send('an ES module'));

export const exported = (_req, res) => res.send('exported from an ES module');
