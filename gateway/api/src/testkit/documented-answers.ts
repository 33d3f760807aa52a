import type { ErrorAnswer } from '@streamflix/contracts';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { ApiDocument } from '../http/describe-document.ts';

/** An answer to HEAD says that it is, and has no body. */
const isJson = ({ headers, body }: LightMyRequestResponse): boolean =>
  body !== '' && String(headers['content-type'] ?? '').includes('json');

/** The operation a request was about; undefined for a path or method that is none of the document's. */
function operationOf({ paths }: ApiDocument, { method = 'GET', url }: { method?: string; url: string }) {
  const [path = ''] = url.split('?');
  const patterns = Object.entries(paths).map(([template, operations]) => ({
    operations,
    // A name in the path is worth less than the word itself: /jobs/upload is not /jobs/{jobId}.
    names: template.split('{').length,
    pattern: new RegExp(`^${template.replace('{*}', '.*').replaceAll(/\{\w+\}/g, '[^/]*')}$`),
  }));
  const [found] = patterns.filter(({ pattern }) => pattern.test(path)).toSorted((a, b) => a.names - b.names);
  return found?.operations[method.toLowerCase()];
}

const answerOf = ({ components }: ApiDocument, answer: Record<string, unknown> | undefined) =>
  typeof answer?.$ref === 'string' ? components.responses?.[answer.$ref.replace('#/components/responses/', '')] : answer;

/** Throws where a route answered with a status, or an error with a code, that the document does not declare for it. */
function assertDeclared(document: ApiDocument, asked: { method?: string; url: string }, answer: LightMyRequestResponse): void {
  const operation = operationOf(document, asked);
  if (operation === undefined) return;
  const { statusCode } = answer;
  const declared = answerOf(document, operation.responses[statusCode]);
  const code = statusCode >= 400 && isJson(answer) ? answer.json<Partial<ErrorAnswer>>().error?.code : undefined;
  const isDeclared = declared !== undefined && (code === undefined || JSON.stringify(declared).includes(`"${code}"`));
  if (!isDeclared)
    throw new Error(`${asked.method ?? 'GET'} ${asked.url} answers ${statusCode} ${code ?? ''}, which the document does not say`);
}

/** Holds every answer that a test gets against the document. */
export function holdToDocument(app: FastifyInstance): void {
  const inject = app.inject.bind(app) as (options: InjectOptions | string) => Promise<LightMyRequestResponse>;
  const held = async (options: InjectOptions | string): Promise<LightMyRequestResponse> => {
    const answer = await inject(options);
    const { method, url } = typeof options === 'string' ? { method: 'GET', url: options } : options;
    if (typeof url === 'string')
      assertDeclared(app.swagger() as unknown as ApiDocument, { url, ...(method && { method }) }, answer);
    return answer;
  };
  app.inject = held as typeof app.inject;
}
