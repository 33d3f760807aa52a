import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, downloadGoModule, mustRun, say } from './tools.ts';

const kubernetes = 'k8s.io/kubernetes@v1.36.3';
const keda = 'github.com/kedacore/keda/v2@v2.21.0';
const prometheusOperator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
/** Raise it when what is written below changes. */
const revision = 1;

type Schema = {
  type?: string | string[];
  format?: string;
  nullable?: boolean;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  $ref?: string;
  [extension: string]: unknown;
};
type GroupVersionKind = { group: string; version: string; kind: string };
type CustomResource = {
  spec: { group: string; names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
};

const definitionsFile = 'definitions.json';
const metadataRef = `${definitionsFile}#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`;

/**
 * A folder of JSON schemas for kubeconform in which unknown fields are refused: Kubernetes itself, KEDA and the ServiceMonitor,
 * made from what those projects publish as Go modules, so that no schema server is asked.
 */
export async function buildKubeSchemas(helm: string): Promise<string> {
  const versions = [kubernetes, keda, prometheusOperator].map((module) => module.slice(module.lastIndexOf('@') + 1));
  const dir = await cached(`kube-schemas-${revision}-${versions.join('-')}`, async (draft) => {
    say('helm: making the schemas');
    await writeKubernetes(draft, await downloadGoModule(kubernetes));
    await writeCustomResources(draft, helm);
  });
  return dir;
}

async function writeKubernetes(dir: string, module: string): Promise<void> {
  const swagger: { definitions: Record<string, Schema> } = await readJson(join(module, 'api/openapi-spec/swagger.json'));
  const definitions: Record<string, Schema> = {};
  for (const [name, definition] of Object.entries(swagger.definitions)) {
    definitions[name] = closed(definition);
    for (const gvk of (definition['x-kubernetes-group-version-kind'] ?? []) as GroupVersionKind[]) {
      await writeJson(join(dir, fileOf(gvk)), { $ref: `${definitionsFile}#/definitions/${name}` });
    }
  }
  definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString'] = { type: ['integer', 'string'] };
  definitions['io.k8s.apimachinery.pkg.api.resource.Quantity'] = { type: ['number', 'string'] };
  await writeJson(join(dir, definitionsFile), { definitions });
}

async function writeCustomResources(dir: string, helm: string): Promise<void> {
  const kedaDir = await downloadGoModule(keda);
  const resources = await readYaml(helm, [
    join(kedaDir, 'config/crd/bases/keda.sh_scaledobjects.yaml'),
    join(kedaDir, 'config/crd/bases/keda.sh_triggerauthentications.yaml'),
  ]);
  const operatorDir = await downloadGoModule(prometheusOperator);
  resources.push(await readJson(join(operatorDir, 'jsonnet/prometheus-operator/servicemonitors-crd.json')));
  const triggers = await triggerSchema(join(kedaDir, 'schema/generated/scalers-schema.json'));

  for (const { spec } of resources) {
    for (const version of spec.versions) {
      const schema = closed(version.schema.openAPIV3Schema);
      schema.properties = { ...schema.properties, metadata: { $ref: metadataRef } };
      if (spec.names.kind === 'ScaledObject') Object.assign(schema.properties.spec?.properties?.triggers?.items ?? {}, triggers);
      await writeJson(join(dir, fileOf({ group: spec.group, version: version.name, kind: spec.names.kind })), schema);
    }
  }
}

/** A trigger's metadata is a map of anything to the cluster: KEDA itself refuses a wrong name, at run time. Its own list is used here. */
async function triggerSchema(path: string): Promise<Schema> {
  const list: { scalers: { type: string; parameters: { name: string; optional?: boolean }[] }[] } = await readJson(path);
  const postgresql = list.scalers.find((scaler) => scaler.type === 'postgresql')?.parameters ?? [];
  const metadata = {
    propertyNames: { enum: postgresql.map((parameter) => parameter.name) },
    required: ['targetQueryValue', ...postgresql.filter((parameter) => !parameter.optional).map((parameter) => parameter.name)],
  };
  return { anyOf: [{ properties: { type: { not: { const: 'postgresql' } } } }, { properties: { metadata } }] };
}

/** The same schema, refusing every property that an object with named properties does not name. */
function closed(schema: Schema): Schema {
  const copy: Schema = { ...schema };
  if (copy['x-kubernetes-int-or-string']) copy.type = ['integer', 'string'];
  if (copy.nullable && typeof copy.type === 'string') copy.type = [copy.type, 'null'];
  if (copy.properties) {
    copy.properties = Object.fromEntries(Object.entries(copy.properties).map(([name, inner]) => [name, closed(inner)]));
    if (!copy['x-kubernetes-preserve-unknown-fields']) copy.additionalProperties ??= false;
  }
  if (typeof copy.additionalProperties === 'object') copy.additionalProperties = closed(copy.additionalProperties);
  if (copy.items) copy.items = closed(copy.items);
  if (copy.$ref?.startsWith('#/')) copy.$ref = `${definitionsFile}${copy.$ref}`;
  return copy;
}

/** The name kubeconform asks for: `{{.ResourceKind}}{{.KindSuffix}}.json`. */
function fileOf({ group, version, kind }: GroupVersionKind): string {
  const parts = [kind, group.split('.')[0] ?? '', version].filter((part) => part !== '');
  return `${parts.join('-').toLowerCase()}.json`;
}

/** Helm reads YAML, so no parser of our own is needed: a chart that does nothing but print the files as JSON. */
async function readYaml(helm: string, paths: readonly string[]): Promise<CustomResource[]> {
  const chart = await mkdtemp(join(tmpdir(), 'streamflix-yaml-'));
  try {
    await mkdir(join(chart, 'templates'));
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: yaml\nversion: 0.0.0\n');
    await writeFile(
      join(chart, 'templates/all.yaml'),
      '{{ range $path, $_ := .Files.Glob "*.crd" }}\n---\n{{ $.Files.Get $path | fromYaml | toJson }}\n{{ end }}',
    );
    for (const [index, path] of paths.entries()) await copyFile(path, join(chart, `${index}.crd`));
    const lines = (await mustRun(helm, ['template', 'yaml', chart])).split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line): CustomResource => JSON.parse(line));
  } finally {
    await rm(chart, { recursive: true, force: true });
  }
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8'));
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...value }));
}
