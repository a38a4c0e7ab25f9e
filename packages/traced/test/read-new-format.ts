// CONTRIBUTING's example of a new format works as it is printed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { formats } from '../src/read/formats.ts';
import { GatheredTraces } from '../src/read/gathered.ts';
import { SetAside } from '../src/read/index.ts';
import type { JsonFormat } from '../src/read/json-format.ts';
import { Reading } from '../src/read/reading.ts';

const contributing = readFileSync(new URL('../../../CONTRIBUTING.md', import.meta.url), 'utf8');
const [, section = ''] = contributing.split('## Add a format of traces');
const [, code = ''] = /```ts\n(.*?)```/s.exec(section) ?? [];

async function printedFormat(folder: string): Promise<JsonFormat> {
  const file = join(folder, 'acme-json.ts');
  const read = new URL('../src/read/', import.meta.url);
  writeFileSync(file, code.replaceAll("'./", `'${read.href}`));
  const { acmeJson } = (await import(file)) as { acmeJson: JsonFormat };
  return acmeJson;
}

const span = { trace: 'ab', id: '1', service: 'web', name: 'GET /', startMs: 5, ms: 2 };

test('the format that CONTRIBUTING adds is read, and what is odd in it is set aside', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'traced-format-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const format = await printedFormat(folder);
  const value = { acme: [span, { ...span, id: '2', parent: '1' }, { ...span, ms: 'long' }] };
  t.true(format.isDocument(value));
  t.false(
    formats.some(each => each.isDocument(value)),
    'it is new',
  );

  const [setAside, traces] = [new SetAside(), new GatheredTraces()];
  format.read(value, new Reading({ setAside }), traces);
  const [trace] = traces.all();
  t.deepEqual(
    trace?.spans.map(({ spanID, references, startTime }) => [spanID, references[0]?.spanID, startTime]),
    [
      ['1', undefined, 5_000],
      ['2', '1', 5_000],
    ],
  );
  t.is(trace?.processes['p1']?.serviceName, 'web');
  t.deepEqual(setAside.sentences(), ['1 span set aside: span 3: "ms" is "long", not a number']);
});
