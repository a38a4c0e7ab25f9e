import { http } from '#runtime';

http('root', (_req, res) => void res.type('text/plain').send('Hello World!'), '/');
