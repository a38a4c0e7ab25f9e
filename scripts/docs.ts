/** Writes the tables of the README and of docs/settings.md from the code that they describe: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { faults } from '../functions/shared/faults.ts';
import { settings as exerciseSettings } from '../functions/shared/settings.ts';
import { settings as localSettings } from '../local/config.ts';
import { type OtelSetting, otelSettings } from '../packages/runtime/src/otel-settings.ts';
import type { Setting } from '../packages/runtime/src/setting.ts';
import { settings } from '../packages/runtime/src/settings.ts';

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

function otelRow({ name, kind, support, note, instead, isRefused }: OtelSetting): string[] {
  const isUsed = support !== 'not supported';
  return [
    code(name),
    isUsed ? kind.shown : '',
    note === undefined ? support : `${support}: ${note}`,
    isRefused ? 'the start fails' : instead.replace('<function>', '`<function>`'),
  ];
}

const otelTable = (): string =>
  table(['variable', 'value', 'support', 'used instead'], otelSettings.map(otelRow));

const pages: Record<string, Record<string, () => string>> = {
  'README.md': {
    settings: () => settingsTable({ ...settings, ...exerciseSettings }),
    'npm start': () => settingsTable(localSettings),
    faults: faultsTable,
  },
  'docs/settings.md': { opentelemetry: otelTable },
};

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->` for every table that the page has. */
export function withTables(text: string, page = 'README.md'): string {
  return Object.entries(pages[page] ?? {}).reduce((result, [name, render]) => {
    const between = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
    if (!between.test(result)) throw new Error(`${page} has no place for the table "${name}"`);
    return result.replace(between, (_all, open, close) => `${open}\n${render()}\n\n${close}`);
  }, text);
}

if (import.meta.main) {
  for (const page of Object.keys(pages)) {
    const path = new URL(`../${page}`, import.meta.url);
    writeFileSync(path, withTables(readFileSync(path, 'utf8'), page));
  }
}
