import { type ErrorCode, errorCatalogue } from '@streamflix/contracts';
import type { CodesByStatus } from './error-codes.ts';

type Json = Record<string, unknown>;

interface Operation extends Json {
  parameters?: Json[];
  requestBody?: { content?: Record<string, Json>; required?: boolean };
  responses: Record<string, Json>;
  'x-error-codes'?: CodesByStatus;
}

export interface ApiDocument extends Json {
  paths: Record<string, Record<string, Operation>>;
  components: Json & { schemas: Record<string, Json>; responses?: Record<string, Json> };
}

const json = 'application/json';
const errorReference = '#/components/schemas/Error';
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'];

const retryAfter = { 'Retry-After': { schema: { type: 'string' }, description: 'Seconds.' } };
const headersOf: Record<string, Json> = {
  401: { 'WWW-Authenticate': { schema: { type: 'string' } } },
  429: retryAfter,
  503: retryAfter,
};

const exampleOf = (code: ErrorCode): Json => ({
  summary: code,
  value: { error: { code, message: errorCatalogue[code].message, details: {} } },
});

const errorContent = (codes: ErrorCode[]): Json => ({
  [json]: {
    schema: {
      allOf: [
        { $ref: errorReference },
        { type: 'object', properties: { error: { type: 'object', properties: { code: { type: 'string', enum: codes } } } } },
      ],
    },
    examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
  },
});

/** An error answer with its codes, what each means, and an example of each. */
function errorAnswer(status: string, codes: ErrorCode[]): Json {
  const description = codes.map((code) => `\`${code}\`: ${errorCatalogue[code].message}`).join(' ');
  const headers = headersOf[status];
  return { description, content: errorContent(codes), ...(headers === undefined ? {} : { headers }) };
}

const inCamelCase = (code: ErrorCode): string =>
  code.replaceAll(/([A-Z])([A-Z]*)_?/g, (_, first: string, rest: string) => first + rest.toLowerCase());

/** Error answers by their names; each stands in the document once, however many routes have it. */
type ErrorAnswers = Map<string, Json>;

function describeErrors({ responses, 'x-error-codes': codes = {}, ...rest }: Operation, answers: ErrorAnswers): Operation {
  const described = Object.entries(codes).map(([status, ofStatus]) => {
    const declared = responses[status] ?? {};
    const isOwn = declared.content === undefined || JSON.stringify(declared.content).includes(errorReference);
    if (!isOwn) return [status, declared];
    const name = ofStatus.map(inCamelCase).join('Or');
    answers.set(name, errorAnswer(status, ofStatus));
    return [status, { $ref: `#/components/responses/${name}` }];
  });
  return { ...rest, responses: { ...responses, ...Object.fromEntries(described) } };
}

/** An answer without a body has no content. */
function describeAnswers(operation: Operation): Operation {
  const responses = Object.entries(operation.responses).map(([status, { content, ...answer }]) => {
    const schemas = Object.values((content ?? {}) as Record<string, { schema?: Json }>);
    const isNothing = schemas.length > 0 && schemas.every(({ schema }) => schema?.type === 'null');
    const { description } = answer;
    if (!isNothing) return [status, { ...answer, ...(content === undefined ? {} : { content }) }];
    return [
      status,
      { ...answer, description: description === 'Default Response' ? 'Done; there is nothing to tell.' : description },
    ];
  });
  return { ...operation, responses: Object.fromEntries(responses) };
}

const tenantParameter = {
  in: 'header',
  name: 'X-Tenant-Id',
  required: false,
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' },
  description: "Whose things are meant; the caller's own tenant when absent. Only platform roles may name another.",
};

function describeTenant(operation: Operation): Operation {
  const { security = [] } = operation as { security?: unknown[] };
  return security.length === 0 ? operation : { ...operation, parameters: [...(operation.parameters ?? []), tenantParameter] };
}

/** Text that PostgreSQL can keep: every text of a request is held to it, so the document says it. */
const storable = '^[^\\u0000]*$';

function describeText(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(describeText);
  if (typeof schema !== 'object' || schema === null) return schema;
  const described = Object.fromEntries(
    Object.entries(schema as Json).map(([name, value]) => [name, describeText(value)]),
  ) as Json;
  const isFree = ['pattern', 'format', 'enum', 'const', 'contentEncoding'].every((name) => described[name] === undefined);
  return described.type === 'string' && isFree ? { ...described, pattern: storable } : described;
}

function describeRequest(operation: Operation, form: Record<string, unknown> | undefined): Operation {
  const parameters = (operation.parameters ?? []).map((each) => ({ ...each, schema: describeText(each.schema) }));
  const body = form === undefined ? operation.requestBody : { required: true, content: form as Record<string, Json> };
  return { ...operation, parameters, ...(body === undefined ? {} : { requestBody: body }) };
}

/** Names the routes for clients, as `getJobsByJobId` of GET /api/v1/jobs/{jobId}. */
function operationId(method: string, path: string): string {
  const words = path
    .replace('/api/v1', '')
    .split(/[/.-]/)
    .filter((part) => part !== '')
    .map((part) => part.replace(/^\{\*\}$/, 'object').replace(/^\{(.*)\}$/, 'by-$1'))
    .flatMap((part) => part.split('-'))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return method + words.join('');
}

/** Puts into the document what the routes' schemas cannot say: codes of errors, examples, the tenant's header, names. */
export function describeDocument(document: ApiDocument, forms: ReadonlyMap<string, Record<string, unknown>>): ApiDocument {
  const answers: ErrorAnswers = new Map();
  const paths = Object.entries(document.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations)
        .filter(([method]) => methods.includes(method))
        .map(([method, operation]) => {
          const form = method === 'post' ? forms.get(path) : undefined;
          const whole = describeErrors(describeAnswers(describeTenant(describeRequest(operation, form))), answers);
          return [method, { operationId: operationId(method, path), ...whole }];
        }),
    ),
  ]);
  const schemas = Object.fromEntries(
    Object.entries(document.components.schemas).map(([name, schema]) => [
      name,
      /Request(Input)?$|Input$/.test(name) ? (describeText(schema) as Json) : schema,
    ]),
  );
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: { ...document.components, schemas, responses: Object.fromEntries(answers) },
  };
}
