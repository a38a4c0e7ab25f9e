import net, { type AddressInfo } from 'node:net';
import test from 'ava';
import { sourceOf, startFunctionProcess } from './helpers/process.ts';

test('a function that starts says where it listens', async t => {
  const { child, log, port } = await startFunctionProcess('root');
  child.kill('SIGKILL');
  t.like(log[0], { severity: 'INFO', message: 'listening', function: 'root', port });
});

test('settings that cannot be used end the start with a line for each', async t => {
  const { exit, log } = await startFunctionProcess('root', { LOG_LEVEL: 'loud', PORT: '99999' });
  t.is((await exit).code, 1);
  t.deepEqual(
    log.map(({ severity, message }) => [severity, String(message).split(' ')[0]]),
    [
      ['ERROR', 'PORT="99999"'],
      ['ERROR', 'LOG_LEVEL="loud"'],
    ],
  );
});

test('an unknown fault ends the start of every function', async t => {
  const { exit, log } = await startFunctionProcess('root', { FAULTS: 'alpha-stal' });
  t.is((await exit).code, 1);
  t.regex(String(log[0]?.['message']), /^FAULTS="alpha-stal" names an unknown fault/);
});

test('a function that is not there ends the start', async t => {
  const { exit, log } = await startFunctionProcess('omega');
  t.is((await exit).code, 1);
  t.regex(String(log[0]?.['message']), /omega\/index\.ts has no module to load/);
});

test('a port that is taken ends the start', async t => {
  const taken = net.createServer();
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const { exit, log } = await startFunctionProcess('root', {
    PORT: String((taken.address() as AddressInfo).port),
  });
  t.is((await exit).code, 1);
  t.regex(String(log[0]?.['message']), /^cannot start: listen EADDRINUSE/);
});

test('Node’s own warnings are lines of the log like all others', async t => {
  const { child, log, url } = await startFunctionProcess('stray', {
    FUNCTION_SOURCE: sourceOf('stray'),
    LOG_LEVEL: 'debug',
  });
  t.teardown(() => child.kill('SIGKILL'));
  await fetch(`${url}/?kind=warning`);
  t.true(log.some(({ warning, message }) => warning === 'DeprecationWarning' && message === 'an old way'));
});
