import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { http, tracer } from '@traced-functions/runtime';

/** What goes on, or goes wrong, beside the response, chosen by the query. */
http('stray', async (req, res) => {
  const { kind } = req.query;
  if (kind === 'timer') {
    setImmediate(() => {
      throw new Error('thrown in a timer');
    });
    return;
  }
  if (kind === 'warning') process.emitWarning('an old way', 'DeprecationWarning');
  if (kind === 'ended') {
    const span = tracer.startSpan('ends twice');
    span.end();
    span.setAttribute('late', true);
    span.end();
  }
  if (kind === 'afterwards') {
    const span = tracer.startSpan('afterwards');
    const work = Number(req.query['work']);
    if (work >= 0) void setTimeout(work).then(() => span.end());
    return void res.send('fine');
  }
  await setTimeout(Number(req.query['ms'] ?? 0));
  res.send('fine');
  if (kind === 'late') {
    await once(res, 'close');
    throw new Error('thrown when all was over');
  }
});
