/** A function with whatever can be wrong with one, chosen by the query's `fault`; without it, nothing is. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { http, type Request, type Response, tracer } from '@traced-functions/runtime';

/** About as long as a function waits for another. */
const littleMs = 5;

const faults: Record<string, (res: Response, req: Request) => unknown> = {
  throws() {
    throw new Error('thrown at once');
  },
  async rejects() {
    await pause(littleMs);
    throw new Error('rejected after a while');
  },
  strays() {
    setTimeout(() => {
      throw new Error('thrown in a timer');
    }, littleMs);
  },
  'answers-twice'(res) {
    res.send('once');
    res.send('twice');
  },
  'never-answers': () => undefined,
  async 'answers-late'(res) {
    await pause(500);
    res.send('late');
  },
  async 'answers-slowly'(res) {
    res.write('at ');
    await pause(1_500);
    res.end('length');
  },
  /** Says how long the body is: the one that has been read, or that it reads itself. */
  async 'counts-body'(res, req) {
    let length = req.rawBody?.length ?? 0;
    if (req.rawBody === undefined) for await (const piece of req) length += piece.length;
    res.send(String(length));
  },
  /** Has no span open between one and the next. */
  async 'works-afterwards'(res) {
    res.send('fine');
    for (let times = 0; times < 4; times++) {
      await pause(50);
      const span = tracer.startSpan('afterwards');
      await pause(300);
      span.end();
    }
  },
  async 'takes-all-memory'() {
    const taken: number[][] = [];
    for (;;) {
      // Few large pieces: of many small ones V8's collector would go in search of what it can free, for seconds.
      taken.push(new Array(1_000_000).fill(taken.length));
      await nextTurn();
    }
  },
  'blocks-for-5s'(res) {
    const until = performance.now() + 5_000;
    while (performance.now() < until);
    res.send('at last');
  },
};

http('faulty', async (req, res) => {
  const fault = faults[String(req.query['fault'])];
  if (fault !== undefined) await fault(res, req);
  else if (req.method === 'POST') res.json(req.body);
  else res.send('fine');
});
