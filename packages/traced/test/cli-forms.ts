// The same thing written in several ways is the same to the command.
import test from 'ava';
import { placeOf } from '../src/cli/sources.ts';
import { folderWith, idOf, oneByOne, oneCommand, withId } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { traced } from './helpers/traced.ts';

test.serial('a variable that is set but empty is as one that is not set', async t => {
  const { folder } = folderWith(t, { 'a.json': withId(oneByOne(), idOf(1)) });
  const set = { FORCE_COLOR: '', NO_COLOR: '', SHELL: '', TERM: '', NODE_OPTIONS: '' };
  for (const JAEGER_URL of ['', ' ', '\n']) {
    for (const args of [
      ['diagnose', 'a.json'],
      ['--help'],
      ['diagnose', '--help'],
      ['completion'],
      ['diagnose', '-s', 'x', '--timeout', '1ms', '--jaeger', 'http://127.0.0.1:1'],
    ]) {
      const [empty, unset] = await Promise.all([
        traced(args, { cwd: folder, env: { ...set, JAEGER_URL } }),
        traced(args, { cwd: folder }),
      ]);
      t.deepEqual(empty, unset, args.join(' '));
    }
  }
  const { status, stderr } = await traced(['diagnose', '-s', 'x', '--timeout', '1ms'], {
    env: { JAEGER_URL: '' },
  });
  t.is(status, 2);
  t.regex(stderr, /^traced: could not ask Jaeger at http:\/\/localhost:16686: /);
});

test.serial('a trace is found by its id in either case, with and without leading zeros', async t => {
  const short = '1b3ef83a5d15ed1b';
  const { folder } = folderWith(t, {
    'many.json': {
      data: [short, '0b3ef83a5d15ed1b', '2b3ef83a5d15ed1b'].map(id => withId(oneCommand(), id)),
    },
    'padded.json': {
      data: [short.padStart(32, '0'), '2B3EF83A5D15ED1B'].map(id => withId(oneByOne(), id)),
    },
  });
  for (const [file, id, status] of [
    ['many.json', short, 0],
    ['many.json', short.toUpperCase(), 0],
    ['many.json', short.padStart(32, '0'), 0],
    ['many.json', '1b3', 0],
    ['many.json', 'b3ef83a5d15ed1b', 0],
    ['many.json', '0b3', 0],
    ['many.json', 'f', 2],
    ['padded.json', short, 0],
    ['padded.json', '2b3ef83a5d15ed1b'.padStart(32, '0'), 0],
  ] as const) {
    const outcome = await traced(['show', file, '--trace', id], { cwd: folder });
    t.is(outcome.status, status, `${file} ${id}: ${outcome.stderr}`);
  }
});

test.serial('a trace’s own id in another form is not another trace', async t => {
  const { store, query } = await startBackend(t);
  store.add(storedTrace(oneByOne(), { traceID: idOf(10) }));
  for (const id of [idOf(10), idOf(10).toUpperCase(), idOf(10).replace(/^0+/, '')]) {
    const { status, stderr } = await traced(['diagnose', id, '--jaeger', query]);
    t.is(status, 0, `${id}: ${stderr}`);
  }
});

test('of a trace’s address only the path says which trace', t => {
  const options = { jaeger: 'http://unused', timeout: 1e6 };
  const at = (source: string) => {
    const place = placeOf(source, options);
    return place === undefined ? undefined : `${place.jaeger.address} ${place.id}`;
  };
  t.is(at('http://host/trace/ab'), 'http://host ab');
  t.is(at('http://me:pw@host/base/trace/ab?next=/trace/cd'), 'http://host/base ab');
  t.is(at('HTTP://HOST/a/../base/api/traces/ab#/trace/cd'), 'http://host/base ab');
  t.is(at('http://host/trace/ab/'), 'http://host ab');
  for (const wrong of [
    'http://host/?x=/trace/ab',
    'http://host/#/trace/ab',
    'http://host/trace/ab/../x',
    'http://',
  ])
    t.throws(() => at(wrong), { message: /must end in \/trace\/ID/ }, wrong);
});
