import { http } from '@traced-functions/runtime';
import { freshPage, page } from '../shared/page.ts';
import { fault } from '../shared/settings.ts';

http('beta', async (_req, res) => {
  const { headers } = fault('beta-uncached') ? await freshPage() : await page();
  res.json(headers);
});
