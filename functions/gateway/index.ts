import { HttpError, http, type Request, type Response, setRoute } from '@traced-functions/runtime';
import { fault } from '../shared/settings.ts';
import { targets } from '../shared/targets.ts';
import { callAll } from './all.ts';
import { forward } from './forward.ts';
import { targetUrl } from './target.ts';

const routes = new Map(targets.flatMap(target => target.routes.map(route => [route, target] as const)));

async function gateway(req: Request, res: Response): Promise<void> {
  const [path = '/', ...query] = req.url.split('?');
  const target = routes.get(path);
  if (target !== undefined) {
    setRoute(path);
    return forward(req, res, targetUrl(target, query.join('?')), `The function ${target.name}`);
  }
  if (path !== '/all') {
    throw new HttpError(404, `There is no such path; there are: ${[...routes.keys(), '/all'].join(', ')}.`);
  }
  setRoute('/all');
  const results = await callAll(targets, fault('gateway-serial'));
  const failed = Object.values(results).filter(({ status }) => status >= 400).length;
  res.status(failed === 0 ? 200 : failed < targets.length ? 207 : 502).json(results);
}

http('gateway', gateway, { route: '', methods: ['GET', 'HEAD'] });
