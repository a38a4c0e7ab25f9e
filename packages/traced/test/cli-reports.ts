// Reports for pipelines, and findings that a team has accepted.
import test from 'ava';
import { folderWith, idOf, oneByOne, oneCommand, withId } from './helpers/drawn.ts';
import { traced } from './helpers/traced.ts';

const named = (operation: string) => {
  const trace = withId(oneByOne(), idOf(1));
  const spans = trace.spans.map(span =>
    span.references.length === 0 ? { ...span, operationName: operation } : span,
  );
  return { ...trace, spans };
};
const hostile = 'GET /<b>&"\'|`[x](y)@all\x1b[31m\ud800\n::error';
const files = {
  'slow.json': withId(oneByOne(), idOf(1)),
  'quick.json': withId(oneCommand(), idOf(2)),
  'both.json': [withId(oneByOne(), idOf(1)), withId(oneCommand(), idOf(2))],
  'hostile.json': named(hostile),
  'accepted.json': { acknowledged: [{ kind: 'one-by-one', service: 'shop-fn', reason: 'we know' }] },
  'other.json': { acknowledged: [{ kind: 'stall', reason: 'we know' }] },
  'past.json': { acknowledged: [{ kind: 'one-by-one', until: '2020-01-01', reason: 'we knew' }] },
};

type T = Parameters<typeof folderWith>[0];
const run = (t: T, ...args: string[]) => traced(['diagnose', ...args], { cwd: folderWith(t, files).folder });

test.serial('SARIF has a result for each finding, an error where it fails the command', async t => {
  const { status, stdout } = await run(t, 'both.json', '--format', 'sarif', '--fail-on', 'any');
  t.is(status, 1);
  const { version, runs } = JSON.parse(stdout);
  t.is(version, '2.1.0');
  t.is(runs[0].tool.driver.name, 'traced');
  t.deepEqual(runs[0].tool.driver.rules, [{ id: 'one-by-one', name: 'one-by-one' }]);
  t.is(runs[0].results.length, 1);
  t.like(runs[0].results[0], {
    ruleId: 'one-by-one',
    level: 'error',
    locations: [{ logicalLocations: [{ name: 'get', fullyQualifiedName: 'shop-fn get', kind: 'function' }] }],
    properties: { traceCount: 1, traceId: idOf(1) },
  });
  const other = JSON.parse((await run(t, 'slow.json', '--format', 'sarif')).stdout);
  t.is(other.runs[0].results[0].level, 'warning');
  t.is(
    other.runs[0].results[0].partialFingerprints['tracedFinding/v1'],
    runs[0].results[0].partialFingerprints['tracedFinding/v1'],
  );
  t.deepEqual(JSON.parse((await run(t, 'quick.json', '--format', 'sarif')).stdout).runs[0].results, []);
});

test.serial('JUnit has a test case for each request, failed by what fails the command', async t => {
  const failing = (await run(t, 'both.json', '--format', 'junit', '--fail-on', 'one-by-one')).stdout;
  t.regex(
    failing,
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites>\n<testsuite name="traced" tests="1" failures="1">/,
  );
  t.regex(
    failing,
    /<testcase classname="shop-fn" name="GET \/cart" time="0\.\d{6}">\n<failure type="one-by-one" message="/,
  );
  const fine = (await run(t, 'slow.json', '--format', 'junit')).stdout;
  t.regex(fine, /failures="0">\n<testcase [^>]*>\n<system-out>one-by-one \(measured\): /);
});

test.serial('Markdown has a table of the findings', async t => {
  const { stdout } = await run(t, 'slow.json', '--format', 'markdown', '--min-saving', '50');
  t.regex(stdout, /^## 1 trace, 1 finding\n\n\| \| finding \| where \| traces \| saves \|\n/);
  t.regex(stdout, /\n\| ❌ \| 6 get commands [^|]* \| shop-fn get \| 1 of 1 \| about 100 ms \|\n/);
  t.is(
    (await run(t, 'quick.json', '--format', 'markdown')).stdout,
    '## 1 trace, 0 findings\n\nNo problems found.\n',
  );
});

test.serial('names from strangers are no markup in any report', async t => {
  const report = async (name: string) =>
    (await run(t, 'hostile.json', '--format', name, '--fail-on', 'any')).stdout;
  for (const name of ['sarif', 'junit', 'markdown']) {
    const text = await report(name);
    t.false(text.includes('\x1b'), name);
    t.notRegex(text, /^::error/m, name);
    if (name !== 'sarif') t.false(text.includes('<b>'), name);
    if (name === 'markdown') t.notRegex(text, /\[x\]|\]\(|@all/);
  }
  t.regex(await report('junit'), /name="GET \/&lt;b&gt;&amp;&quot;'\|`/);
});

test.serial('a finding that is acknowledged does not fail the command, and reports say why', async t => {
  const status = async (...args: string[]) => (await run(t, 'slow.json', '--fail-on', 'any', ...args)).status;
  t.is(await status('--acknowledged', 'accepted.json'), 0);
  t.is(await status('--acknowledged', 'other.json'), 1);
  t.is(await status('--acknowledged', 'past.json'), 1);
  const { stdout } = await run(t, 'slow.json', '--format', 'sarif', '--acknowledged', 'accepted.json');
  t.deepEqual(JSON.parse(stdout).runs[0].results[0].suppressions, [
    { kind: 'external', justification: 'we know' },
  ]);
});

for (const [content, message] of [
  ['[', /is not JSON/],
  ['[]', /expected \{"acknowledged": \[…\]\}/],
  ['{"acknowledged":[7]}', /entry 1 is not an object/],
  ['{"acknowledged":[{"kind":"stall"}]}', /entry 1 needs a "reason"/],
  ['{"acknowledged":[{"kind":"stal","reason":"x"}]}', /unknown kind "stal"; available: /],
  ['{"acknowledged":[{"knd":"stall","reason":"x"}]}', /unknown field "knd"; available: kind, /],
  ['{"acknowledged":[{"until":"soon","reason":"x"}]}', /"until" must be a day like 2026-12-31/],
  ['{"acknowledged":[{"service":7,"reason":"x"}]}', /"service" is not text/],
] as const) {
  test.serial(`a wrong file of acknowledgements is refused: ${content}`, async t => {
    const { folder: cwd } = folderWith(t, files);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(`${cwd}/wrong.json`, content);
    const { status, stderr } = await traced(['diagnose', 'slow.json', '--acknowledged', 'wrong.json'], {
      cwd,
    });
    t.is(status, 2);
    t.regex(stderr, /^traced: wrong\.json/);
    t.regex(stderr, message);
  });
}
