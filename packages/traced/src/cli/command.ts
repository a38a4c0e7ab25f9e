import type { Command } from 'commander';

/** A command's module: what it is run with, by the order of its arguments and then its options. */
interface CommandModule {
  // Each command knows its own arguments, which commander hands over untyped.
  run(...values: never[]): Promise<void>;
}

export const command = (program: Command, name: string): Command =>
  program.command(name).optionsGroup('Options:');

export function action(command: Command, load: () => Promise<CommandModule>): void {
  command.action(async (...values: unknown[]) => {
    const [given, options] = [values.slice(0, -2), values.at(-2) as Record<string, unknown>];
    const { limit, ...rest } = options;
    const { run } = await load();
    await run(...([...given, limit === undefined ? rest : { last: limit, ...rest }] as never[]));
  });
}
