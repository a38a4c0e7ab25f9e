/** Writes the README's tables, and what manifests list, from the code that they describe: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { faults } from '../functions/shared/faults.ts';
import { settings as exerciseSettings } from '../functions/shared/settings.ts';
import { settings as localSettings } from '../local/config.ts';
import { otelSettings } from '../packages/runtime/src/otel-settings.ts';
import type { Setting } from '../packages/runtime/src/setting.ts';
import { settings } from '../packages/runtime/src/settings.ts';
import { writeLists } from './function-lists.ts';

const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;

const table = (head: string[], rows: string[][]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const code = (text: string): string => `\`${text}\``;

function settingsTable(of: Record<string, Setting<unknown>>): string {
  const rows = Object.values(of).map(({ name, fallback, shown, meaning }) => {
    const value = shown ?? (typeof fallback === 'string' ? fallback : '');
    const isCode = shown === undefined || shown.includes('<');
    return [code(name), value === '' ? 'none' : isCode ? code(value) : value, meaning];
  });
  return table(['variable', 'default', 'meaning'], rows);
}

function faultsTable(): string {
  const rows = Object.entries(faults).map(([name, { v1, meaning }]) => [
    code(name),
    v1 ? 'yes' : 'no',
    meaning,
  ]);
  return table(['fault', 'in v1', 'what it does'], rows);
}

function otelTable(): string {
  const rows = Object.entries(otelSettings).map(([name, { parse, fallback, meaning }]) => [
    code(name),
    parse === undefined ? 'not supported' : 'works',
    fallback,
    meaning,
  ]);
  return table(['variable', 'status', 'used where it is unset or cannot be used', 'meaning'], rows);
}

const tables: Record<string, () => string> = {
  settings: () => settingsTable({ ...settings, ...exerciseSettings }),
  'npm start': () => settingsTable(localSettings),
  faults: faultsTable,
};

/** The tables of docs/settings.md. */
export const settingsTables: Record<string, () => string> = { OpenTelemetry: otelTable };

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->` for every one of the tables. */
export function withTables(text: string, of = tables): string {
  return Object.entries(of).reduce((result, [name, render]) => {
    const between = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
    if (!between.test(result)) throw new Error(`there is no place for the table "${name}"`);
    return result.replace(between, (_all, open, close) => `${open}\n${render()}\n\n${close}`);
  }, text);
}

if (import.meta.main) {
  writeLists();
  const readme = new URL('../README.md', import.meta.url);
  writeFileSync(readme, withTables(readFileSync(readme, 'utf8')));
  const page = new URL('../docs/settings.md', import.meta.url);
  writeFileSync(page, withTables(readFileSync(page, 'utf8'), settingsTables));
}
