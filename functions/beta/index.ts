import { http, type Request, type Response } from '@traced-functions/runtime';
import { freshPage, page } from '../shared/page.ts';
import { fault } from '../shared/settings.ts';

async function beta(_req: Request, res: Response): Promise<void> {
  const { headers } = fault('beta-uncached') ? await freshPage() : await page();
  res.json(headers);
}

http('beta', beta, { methods: ['GET', 'HEAD'] });
