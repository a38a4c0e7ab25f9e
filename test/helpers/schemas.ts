import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { KubeObject } from './rendered.ts';

type Schema = { [keyword: string]: unknown };

interface Crd {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, validateSchema: false });

const output = (command: string, ...args: string[]): string | undefined => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
  } catch {
    return undefined;
  }
};

/** The folder of Kubernetes' JSON schemas that the Python package kubernetes-validate ships, if it is installed. */
export const kubernetesSchemas = [
  process.env['KUBERNETES_SCHEMAS'],
  output('python3', '-c', 'import kubernetes_validate as k; print(k.__path__[0])')
    ?.trim()
    .concat('/kubernetes-json-schema/v1.36.0-local-strict'),
].find(folder => folder !== undefined && existsSync(folder));

/** The folder of a Go module's files, fetched where the machine can; undefined where it can't. */
export function goModule(module: string): string | undefined {
  const json = output('go', 'mod', 'download', '-json', module);
  return json === undefined ? undefined : (JSON.parse(json) as { Dir?: string }).Dir;
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/**
 * JSON schema of a CRD's structural schema: refuses fields it does not name, as `kubectl apply` in its strict
 * validation does, and knows OpenAPI's `nullable` and Kubernetes' `x-kubernetes-int-or-string`.
 */
function strict(schema: Schema): Schema {
  const { nullable, properties, items, additionalProperties, ...rest } = schema;
  const made: Schema = { ...rest };
  if (isSchema(properties)) {
    made['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, strict(property as Schema)]),
    );
    if (schema['x-kubernetes-preserve-unknown-fields'] !== true) made['additionalProperties'] = false;
  }
  if (isSchema(items)) made['items'] = strict(items);
  if (isSchema(additionalProperties)) made['additionalProperties'] = strict(additionalProperties);
  if (schema['x-kubernetes-int-or-string'] === true) made['type'] = ['integer', 'string'];
  if (nullable === true && typeof made['type'] === 'string') made['type'] = [made['type'], 'null'];
  return made;
}

/** Checks objects against the CRD in a file. Its `metadata` is left to Kubernetes' own schemas. */
export function crdValidator(file: string, version: string): ValidateFunction {
  const crd = parse(readFileSync(file, 'utf8')) as Crd;
  const schema = crd.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`${file} has no version ${version}`);
  const made = strict(schema);
  return ajv.compile({ ...made, properties: { ...(made['properties'] as Schema), metadata: {} } });
}

/** Checks an object against Kubernetes' own schema of its kind. @throws Error where there is no such kind */
export function kubernetesValidator({ apiVersion, kind }: KubeObject): ValidateFunction {
  const folder = kubernetesSchemas as string;
  const read = (name: string) =>
    JSON.parse(readFileSync(join(folder, name), 'utf8')) as Schema & { $id: string };
  const definitions = read('_definitions.json');
  if (ajv.getSchema(definitions.$id) === undefined) ajv.addSchema(definitions);
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [undefined, apiVersion];
  const schema = read(
    [kind, group?.split('.')[0], version].filter(Boolean).join('-').toLowerCase().concat('.json'),
  );
  return ajv.getSchema(schema.$id) ?? ajv.compile(schema);
}
