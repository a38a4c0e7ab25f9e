import http from 'node:http';

export interface Load {
  /** Resolves when that many requests have been answered with 200. */
  reached(count: number): Promise<void>;
  /** Ends the load and resolves with the trace ids of all whole answers with status 200, and the other outcomes. */
  stop(): Promise<{ answered: string[]; refused: number; broken: number }>;
}

function once(url: string, agent: http.Agent): Promise<string | 'refused' | 'broken'> {
  return new Promise(resolve => {
    const req = http.get(url, { agent }, res => {
      res.resume();
      const id = String(res.headers['traceresponse']).split('-')[1] ?? 'broken';
      res.on('end', () => resolve(res.complete && res.statusCode === 200 ? id : 'broken'));
      res.on('error', () => resolve('broken'));
    });
    // A kept connection that the other side closes in order while a request is on its way was not taken up.
    const refusals = new Set(['ECONNREFUSED', 'ECONNRESET']);
    req.on('error', (error: NodeJS.ErrnoException) =>
      resolve(refusals.has(error.code ?? '') ? 'refused' : 'broken'),
    );
  });
}

/** Sends requests over `connections` kept connections, one after the other on each, until it is stopped. */
export function startLoad(url: string, connections: number): Load {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const outcome = { answered: [] as string[], refused: 0, broken: 0 };
  const { promise, resolve } = Promise.withResolvers<void>();
  let goal = Number.POSITIVE_INFINITY;
  let going = true;
  const worker = async () => {
    while (going) {
      const result = await once(url, agent);
      if (result === 'refused') {
        outcome.refused++;
        await new Promise(setImmediate);
      } else if (result === 'broken') outcome.broken++;
      else if (outcome.answered.push(result) >= goal) resolve();
    }
  };
  const workers = Array.from({ length: connections }, worker);
  return {
    reached(count) {
      goal = count;
      return promise;
    },
    async stop() {
      going = false;
      await Promise.all(workers);
      agent.destroy();
      return outcome;
    },
  };
}
