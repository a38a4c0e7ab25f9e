import test from 'ava';
import { ask } from './helpers/functions.ts';
import { sourceOf, startFunctionProcess } from './helpers/process.ts';

const stray = await startFunctionProcess('stray', { FUNCTION_SOURCE: sourceOf('stray') });
test.after.always(() => stray.child.kill('SIGKILL'));

for (const kind of ['timer', 'promise']) {
  test(`an error outside of the handler’s own promise (${kind}) is a 500 for its request, and the process goes on`, async t => {
    const other = ask(`${stray.url}/?ms=300`);
    const { status, text, traceId } = await ask(`${stray.url}/?kind=${kind}`);
    t.is(status, 500);
    t.like(JSON.parse(text), { status: 500, detail: 'The function failed.', traceId });
    t.is((await other).text, 'fine');
    t.is(stray.child.exitCode, null);
    const lines = stray.log.filter(line => line['trace_id'] === traceId);
    t.is(lines.length, 1);
    t.is(lines[0]?.['severity'], 'ERROR');
  });
}
