import { HttpError, http, type Request, type Response, setRoute } from '@traced-functions/runtime';
import { config, fault } from '../shared/settings.ts';
import { callAll } from './all.ts';
import { forward } from './forward.ts';
import { type Target, targetUrl } from './target.ts';

const root: Target = { name: 'root', path: '/', url: () => config.rootUrl };
const alpha: Target = { name: 'alpha', path: '/alpha', url: () => config.alphaUrl };
const beta: Target = { name: 'beta', path: '/beta', url: () => config.betaUrl };
const redis: Target = { name: 'redis', path: '/redis', url: () => config.redisFunctionUrl };

/** The only things that the gateway calls; a function of your own is one more line. */
const routes = new Map<string, Target>([
  ['/', root],
  ['/alpha', alpha],
  ['/beta', beta],
  ['/redis', redis],
  ['/writeredis', redis],
]);

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
  const results = await callAll([root, alpha, beta, redis], fault('gateway-serial'));
  const failed = Object.values(results).filter(({ status }) => status >= 400).length;
  res.status(failed === 0 ? 200 : failed < 4 ? 207 : 502).json(results);
}

http('gateway', gateway, { route: '', methods: ['GET', 'HEAD'] });
