import { http } from '@traced-functions/runtime';

/** Says by a file's ending what its answer is. */
http('typed', (_req, res) => res.type('html').send('<p>fine</p>'));
