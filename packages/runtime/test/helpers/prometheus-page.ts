/** Reads Prometheus's text format 0.0.4, as strictly as Prometheus does. */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  type: string;
  help: string;
  samples: Sample[];
}

const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPattern.lastIndex = 0;
  while (labelPattern.lastIndex < text.length) {
    const at = labelPattern.lastIndex;
    const [, name, value] = labelPattern.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`labels: ${text.slice(at)}`);
    if (name in labels) throw new Error(`label ${name} twice: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
  }
  return labels;
}

const numberOf = (text: string): number => {
  if (/^[+-]Inf$/.test(text)) return Number(text.replace('Inf', 'Infinity'));
  if (Number.isNaN(Number(text))) throw new Error(`not a number: ${text}`);
  return Number(text);
};

/** @throws Error where a line is malformed, a name comes twice, or a sample stands outside of its family */
export function readPage(page: string): Record<string, Family> {
  if (!page.endsWith('\n')) throw new Error('the last line does not end');
  const families: Record<string, Family> = {};
  let current = '';
  let help = '';
  for (const line of page.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (comment) {
      const [, word, name = '', rest = ''] = comment;
      if (name in families) throw new Error(`${name} twice`);
      if (word === 'HELP') help = rest;
      else {
        current = name;
        families[name] = { type: rest, help, samples: [] };
      }
      continue;
    }
    const [, name = '', labels = '', value = ''] =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const family = families[current];
    const ends = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (family === undefined || !ends.some(end => name === current + end)) throw new Error(`stray: ${line}`);
    family.samples.push({ name, labels: labelsOf(labels), value: numberOf(value) });
  }
  return families;
}

/** The samples of a name with these labels. */
export const samplesOf = (
  family: Family | undefined,
  name: string,
  labels: Record<string, string> = {},
): Sample[] =>
  (family?.samples ?? []).filter(
    sample =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
