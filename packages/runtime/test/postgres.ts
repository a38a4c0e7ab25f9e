/** pg's instrumentation, which the package.json of the functions in test/drop-in names, against a real PostgreSQL. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import type { JaegerTrace } from '../../traced/src/diagnosis/jaeger.ts';
import { startBackend } from '../../traced/test/helpers/trace-backend.ts';
import { bin, folder as dropIn, isInstalled, ours, type Run, type Running } from './helpers/drop-in.ts';
import { startBundle } from './helpers/installed.ts';
import { hasPostgres, type Postgres, password, startPostgres } from './helpers/postgres.ts';

const isPossible = isInstalled && hasPostgres;
/** .ci/run installs the folder, and Debian's postgresql. */
const withPostgres = test[isPossible ? 'serial' : 'skip'];

let postgres: Postgres;
test.before(async () => {
  if (isPossible) postgres = await startPostgres();
});
test.after.always(async () => postgres?.stop());

const name = 'a value that no span may have';

const attributesOf = ({ tags }: JaegerTrace['spans'][number]): Record<string, unknown> =>
  Object.fromEntries(tags.map(({ key, value }) => [key, value]));

/** Calls a function that reads a row, stops it, and checks the spans. */
async function checkSpans(
  t: ExecutionContext,
  start: (env: NodeJS.ProcessEnv) => Promise<Pick<Running, 'url' | 'child'>>,
): Promise<void> {
  const backend = await startBackend(t);
  const { url, child } = await start({
    DATABASE_URL: postgres.url,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: backend.otlp,
  });
  const response = await fetch(url, { headers: { 'x-name': name } });
  t.deepEqual(await response.json(), [{ name }]);
  child.kill('SIGTERM');
  t.deepEqual(await once(child, 'exit'), [0, null]);
  const trace = backend.store.trace(response.headers.get('traceresponse')?.split('-')[1] ?? '');
  if (trace === undefined) return t.fail('no trace');
  const spans = trace.spans.toSorted((a, b) => a.startTime - b.startTime);
  const server = spans.find(span => attributesOf(span)['span.kind'] === 'server');
  const own = spans.filter(span => attributesOf(span)['db.system.name'] === 'postgresql');
  t.deepEqual(
    own.map(({ operationName }) => operationName),
    ['pg.connect', 'pg.query:SELECT postgres'],
  );
  for (const span of own) {
    t.deepEqual(
      span.references.map(({ spanID }) => spanID),
      [server?.spanID],
    );
    const common = { 'span.kind': 'client', 'db.namespace': 'postgres', 'server.address': '127.0.0.1' };
    t.like(attributesOf(span), { ...common, 'server.port': postgres.port });
  }
  t.is(own[1] && attributesOf(own[1])['db.query.text'], 'SELECT $1::text AS name');
  const text = JSON.stringify(trace);
  for (const secret of [password, encodeURIComponent(password), name]) t.false(text.includes(secret));
}

for (const [what, run] of Object.entries<Run>({
  'a CommonJS function': { target: 'rows' },
  'an ES module': { target: 'rows', source: 'esm' },
})) {
  withPostgres(`the queries of ${what} are spans in its bundle, too`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'traced-functions-postgres-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const command = [bin('traced-functions'), 'build', run.source ?? '.', '--out', folder];
    await promisify(execFile)(process.execPath, [...command, '--target', run.target], { cwd: dropIn });
    await checkSpans(t, env => startBundle(folder, { FUNCTION_TARGET: run.target, ...env }));
  });

  withPostgres(`the queries of ${what} are spans, without its values or the password`, async t => {
    await checkSpans(t, env => ours(t, run, env));
  });
}
