import { fault, freshPage, http, page } from '#runtime';

http('beta', async (_req, res) => {
  const { headers } = fault('beta-uncached') ? await freshPage() : await page();
  res.json(headers);
});
