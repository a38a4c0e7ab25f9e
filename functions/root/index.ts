import { http } from '@traced-functions/runtime';
import '../shared/settings.ts'; // an unknown fault fails the start here, too

http('root', (_req, res) => void res.type('text/plain').send('Hello World!'), {
  route: '/',
  methods: ['GET', 'HEAD'],
});
