/** What manifests and compose.yaml list of the functions, between `# functions: <list>` and `# /functions`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { targets } from '../functions/shared/targets.ts';
import { functionNames } from './function-names.ts';

const top = new URL('../', import.meta.url);
const names = functionNames();

/** Those that have a place of their own in compose.yaml, for what they alone need. */
const ownServices = new Set(['gateway', 'redis']);

const revision = (name: string, version: string): string =>
  `      - {op: add, path: /spec/template/metadata/name, value: ${name}-${version}}`;

const patch = (name: string): string =>
  `  - target: {group: serving.knative.dev, kind: Service, name: ${name}}\n    patch: |`;

const lists: Record<string, () => string[]> = {
  manifests: () => names.map(name => `  - ${name}.yaml`),
  images: () =>
    names.flatMap(name => [
      `  - name: dev.local/traced-functions/${name}`,
      `    newName: registry.example.com/traced-functions/${name}`,
    ]),
  'revisions v1': () => names.flatMap(name => [patch(name), revision(name, 'v1')]),
  'revisions v2': () =>
    names.flatMap(name => [
      patch(name),
      revision(name, 'v2'),
      '      - op: add',
      '        path: /spec/traffic',
      '        value:',
      `          - {revisionName: ${name}-v1, tag: v1, percent: 50}`,
      `          - {revisionName: ${name}-v2, tag: v2, percent: 50}`,
    ]),
  addresses: () => targets.map(({ name, variable }) => `      ${variable}: http://${name}:8080`),
  dependencies: () => targets.map(({ name }) => `      ${name}: { condition: service_healthy }`),
  services: () =>
    names
      .filter(name => !ownServices.has(name))
      .flatMap(name => [
        `  ${name}:`,
        '    <<: *function',
        `    image: dev.local/traced-functions/${name}:v2`,
        `    build: { context: ., args: { FUNCTION: ${name} } }`,
        '',
      ]),
};

export const listed: string[] = [
  'compose.yaml',
  'knative/Kustomization',
  'overlays/components/registry/Kustomization',
  'overlays/components/split/Kustomization',
  'overlays/components/split-v1/Kustomization',
];

/** Puts the lists in their places in a file's text. */
export function withLists(text: string): string {
  return text.replaceAll(/( *# functions: ([^\n]+)\n).*?( *# \/functions\n)/gs, (_all, open, list, close) => {
    const lines = lists[list]?.();
    if (lines === undefined) throw new Error(`there is no list "${list}" of functions`);
    return `${open}${lines.join('\n')}\n${close}`;
  });
}

export function writeLists(): void {
  for (const path of listed) {
    const file = new URL(path, top);
    writeFileSync(file, withLists(readFileSync(file, 'utf8')));
  }
}
