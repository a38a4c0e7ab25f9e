/** The command's flags, read as the framework's command reads them. */
import test from 'ava';
import { environmentOf } from '../src/options.ts';

const logging: Record<string, [args: string[], value: string]> = {
  alone: [['--log-execution-id'], 'true'],
  'before another flag': [['--log-execution-id', '--target=hello'], 'true'],
  'with a value': [['--log-execution-id=false'], 'false'],
  'with a value behind it': [['--log-execution-id', 'true', '--target', 'hello'], 'true'],
};

for (const [what, [args, value]] of Object.entries(logging)) {
  test(`a switch ${what} is ${value}`, t => {
    t.is((environmentOf(args, {}) as NodeJS.ProcessEnv)['LOG_EXECUTION_ID'], value);
  });
}

test('a flag wins over its variable, and other variables stay', t => {
  t.deepEqual(environmentOf(['--target', 'b'], { FUNCTION_TARGET: 'a', PORT: '1' }), {
    FUNCTION_TARGET: 'b',
    PORT: '1',
  });
});

for (const arg of ['--nonsense', 'stray', '--target']) {
  test(`${arg} is an error that says where the flags are listed`, t => {
    t.throws(() => environmentOf([arg], {}), { message: /; traced-functions --help lists the flags$/ });
  });
}
