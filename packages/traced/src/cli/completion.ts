/** What a shell can offer for a command line that is being typed. */
import type { Command, Option } from 'commander';
import { findingKinds } from '../diagnosis/findings.ts';
import { backendAddress } from './backend-address.ts';
import { scripts } from './completion-scripts.ts';
import { defaults } from './defaults.ts';
import { Jaeger } from './jaeger.ts';
import { print } from './terminal.ts';

interface Candidate {
  value: string;
  description?: string;
}

/** Somebody waits with a finger on the key: ms. */
const patienceMs = 2_000;

/**
 * Prints what the shells' scripts read: the value typed so far, then a candidate a line, a tab before what it is.
 * Nothing but the first line means: files, if anything.
 * @param line up to the cursor, from the command's name on
 */
export async function completeLine(program: Command, line: string): Promise<void> {
  const { words, current } = wordsOf(line);
  const [, option, given] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  const typed = given ?? current;
  const before = option === undefined ? words.slice(1) : [...words.slice(1), option];
  const candidates = await candidatesFor(program, before, typed);
  // What a terminal or a script would stumble over can be typed, but is not offered.
  const fit = candidates.filter(({ value }) => value.startsWith(typed) && !/\p{C}/u.test(value));
  const lines = fit.map(({ value, description = '' }) => `${value}\t${description}`);
  print(`${[typed, ...lines].join('\n')}\n`);
}

/** Splits a line as a shell does, into the words that are complete and the last one, without their quotes. */
export function wordsOf(line: string): { words: string[]; current: string } {
  const words: string[] = [];
  let current = '';
  let isWord = false;
  for (const [part, single, double, escaped, blank] of line.matchAll(
    /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)|(\s+)|[^\s'"\\]+|\\$/gs,
  )) {
    if (blank !== undefined) {
      if (isWord) words.push(current);
      [current, isWord] = ['', false];
    } else {
      current += single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? (part === '\\' ? '' : part);
      isWord = true;
    }
  }
  return { words, current };
}

async function candidatesFor(
  program: Command,
  before: readonly string[],
  typed: string,
): Promise<Candidate[]> {
  const command = program.commands.find(each => each.name() === before[0]);
  const previous = before.at(-1);
  const taking = command?.options.find(
    each => each.required && (each.long === previous || each.short === previous),
  );
  if (command !== undefined && taking !== undefined) return valuesOf(taking, command, before, typed);
  if (typed.startsWith('-')) return optionsOf(command ?? program, before);
  if (command === undefined || command.name() === 'help') return commandsOf(program);
  return command.name() === 'completion' ? Object.keys(scripts).map(value => ({ value })) : [];
}

const commandsOf = (program: Command): Candidate[] =>
  program
    .createHelp()
    .visibleCommands(program)
    .map(command => ({ value: command.name(), description: command.summary() }));

function optionsOf(command: Command, before: readonly string[]): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => !before.includes(long ?? '') || /tag$/.test(long ?? ''))
    .map(({ long, description }) => ({ value: long ?? '', description }));
}

async function valuesOf(
  option: Option,
  command: Command,
  before: readonly string[],
  typed: string,
): Promise<Candidate[]> {
  const named = (values: readonly string[]) => values.map(value => ({ value }));
  switch (option.attributeName()) {
    case 'failOn': {
      // A list: what is before the last comma stays.
      const rest = typed.replace(/[^,]*$/, '');
      return named([...findingKinds, 'any'].map(kind => rest + kind));
    }
    case 'service':
      return named(await namesAt(command, before, jaeger => jaeger.services()));
    case 'operation': {
      const service = valueIn(command, before, 'service');
      return service === undefined
        ? []
        : named(await namesAt(command, before, jaeger => jaeger.operations(service)));
    }
    default:
      return [];
  }
}

async function namesAt(
  command: Command,
  before: readonly string[],
  ask: (jaeger: Jaeger) => Promise<string[]>,
): Promise<string[]> {
  const address = valueIn(command, before, 'jaeger') ?? (process.env['JAEGER_URL'] || defaults.jaeger);
  try {
    return (await ask(new Jaeger(backendAddress({ jaeger: address, timeout: 0 }), patienceMs))).filter(
      name => !name.startsWith('-'),
    );
  } catch {
    return [];
  }
}

/** The value that an option has on the line. */
function valueIn(command: Command, before: readonly string[], attribute: string): string | undefined {
  const option = command.options.find(each => each.attributeName() === attribute);
  const isOption = (word: string | undefined) =>
    word === option?.long || (word !== undefined && word === option?.short);
  const at = before.findLastIndex((word, i) => isOption(word) && i + 1 < before.length);
  if (at >= 0) return before[at + 1];
  const joined = before.findLast(word => word.startsWith(`${option?.long}=`));
  return joined?.slice(joined.indexOf('=') + 1);
}
