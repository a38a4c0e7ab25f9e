/** Plans of healthy systems, and the same with one flaw put in. */
import type { Endpoint, Random, Step, Tags } from './systems.ts';

export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));
export const oneOf = <T>(random: Random, items: readonly T[]): T =>
  items[between(random, 0, items.length - 1)] as T;
/** Small times are common, long ones rare. */
export const ms = (random: Random, least: number, most: number): number => least * (most / least) ** random();

const nouns = ['cart', 'user', 'price', 'stock', 'offer', 'review', 'address', 'coupon', 'image', 'order'];

/** A request through up to eight services. */
export function healthyPlan(random: Random): Endpoint {
  const services = between(random, 1, 7);
  let made = 0;
  const endpoint = (depth: number): Endpoint => {
    const service = `${oneOf(random, nouns)}-${++made}`;
    return { service, name: `GET /${service}`, steps: steps(depth) };
  };
  const steps = (depth: number): Step[] => {
    const list: Step[] = [];
    const more = between(random, 1, 5);
    // Two in a row: the second needs what the first answered.
    let calls = 0;
    for (let i = 0; i < more; i++) {
      const left = services - made;
      const kind = random();
      if (kind < 0.2 && left > 0 && depth < 4 && calls < 2) {
        calls++;
        list.push(call(random, endpoint(depth + 1)));
      } else if (kind < 0.3 && calls < 2) {
        calls++;
        list.push(page(random));
      } else if (kind < 0.4 && left > 1 && depth < 4 && calls === 0) {
        calls = 2;
        const wide = between(random, 2, Math.min(6, left));
        list.push({
          does: 'at once',
          steps: Array.from({ length: wide }, () => call(random, endpoint(depth + 1))),
        });
      } else list.push(leaf(random));
    }
    return list;
  };
  return { service: 'edge', name: 'GET /', steps: steps(0) };
}

const call = (random: Random, to: Endpoint): Step => ({
  does: 'call',
  to,
  path: `/${to.service}/${between(random, 1, 999)}`,
});

function leaf(random: Random): Step {
  const kind = random();
  if (kind < 0.25) return { does: 'work', ms: ms(random, 0.1, 30) };
  if (kind < 0.35)
    return {
      does: 'pieces',
      name: oneOf(random, ['work', 'render', 'parse']),
      times: between(random, 1, 30),
      ms: ms(random, 0.05, 3),
    };
  if (kind < 0.6) return query(random);
  if (kind < 0.75) return cached(random);
  if (kind < 0.88)
    return { does: 'at once', steps: Array.from({ length: between(random, 2, 12) }, () => query(random)) };
  if (kind < 0.94) return { does: 'later', step: query(random) };
  return { does: 'span', name: 'handle', steps: [{ does: 'work', ms: ms(random, 0.1, 5) }, query(random)] };
}

export function query(
  random: Random,
  table = `${oneOf(random, nouns)}s`,
  verb = oneOf(random, ['SELECT', 'SELECT', 'SELECT', 'INSERT', 'UPDATE']),
  time = ms(random, 0.3, 20),
): Step {
  const values = between(random, 1, 9_999);
  const text =
    verb === 'SELECT'
      ? `SELECT * FROM ${table} WHERE id = ${values}`
      : verb === 'INSERT'
        ? `INSERT INTO ${table} VALUES (${values}, 'a')`
        : `UPDATE ${table} SET seen = now() WHERE id = ${values}`;
  const tags = { 'db.system.name': 'postgresql', 'db.query.text': text, 'server.address': 'db' };
  return { does: 'span', name: `${verb} shop`, kind: 'client', ms: time, tags };
}

/** Every endpoint that the plan asks, itself the first. */
export function endpointsOf(plan: Endpoint): Endpoint[] {
  const within = (step: Step): Endpoint[] => {
    if (step.does === 'call') return endpointsOf(step.to);
    if (step.does === 'later') return [];
    return 'steps' in step ? (step.steps ?? []).flatMap(within) : [];
  };
  return [plan, ...plan.steps.flatMap(within)];
}

function cached(random: Random): Step {
  const tags: Tags = {
    'db.system.name': 'redis',
    'db.query.text': `GET ${oneOf(random, nouns)}:${between(random, 1, 999)}`,
    'server.address': 'cache',
  };
  return { does: 'span', name: 'GET', kind: 'client', ms: ms(random, 0.1, 1), tags };
}

function page(random: Random): Step {
  const control = oneOf(random, ['private, max-age=60', 'no-store', '', 'max-age=0', 'no-cache']);
  return {
    does: 'span',
    name: 'GET',
    kind: 'client',
    ms: ms(random, 10, 50),
    tags: {
      'http.request.method': 'GET',
      'url.full': `https://api.example/${oneOf(random, nouns)}?q=1`,
      'server.address': 'api.example',
      'http.response.status_code': 200,
      ...(control === '' ? {} : { 'http.response.header.cache-control': control }),
    },
  };
}
