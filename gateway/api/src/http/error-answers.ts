import { type ErrorAnswer, type ErrorCode, errorCatalogue, StreamflixError } from '@streamflix/contracts';
import { counter } from '@streamflix/infra/telemetry';
import type { FastifyError, FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

const refusals = counter('streamflix_gateway_refusals_total', 'Requests refused, by the code of the error.');

interface Issue {
  path: PropertyKey[];
  message: string;
}

export const validationError = (issues: Issue[]): StreamflixError =>
  new StreamflixError('VALIDATION_FAILED', {
    message: issues.map(({ path, message }) => `${path.map(String).join('.') || 'request'}: ${message}`).join('; '),
    details: { issues: issues.map(({ path, message }) => ({ path: path.map(String), message })) },
  });

const codeByStatus: Record<number, ErrorCode> = {
  404: 'NOT_FOUND',
  406: 'UNSUPPORTED_MEDIA_TYPE',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
};

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && 'statusCode' in error && 'code' in error;

/** The catalogue's error for anything a route or the framework threw. */
function toAnswerable(error: unknown): StreamflixError {
  if (error instanceof StreamflixError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return validationError(
      error.validation.map(({ instancePath, message }) => ({
        path: instancePath.split('/').filter((part) => part !== ''),
        message: message ?? 'is not valid',
      })),
    );
  }
  const status = isFastifyError(error) ? (error.statusCode ?? 500) : 500;
  if (status >= 400 && status < 500 && error instanceof Error) {
    return new StreamflixError(codeByStatus[status] ?? 'VALIDATION_FAILED', { message: error.message, cause: error });
  }
  return new StreamflixError('INTERNAL_ERROR', { cause: error });
}

/** What leaves the house. Faults of ours and of our servers are told by the catalogue's sentence alone. */
function toAnswer(error: StreamflixError): ErrorAnswer {
  const isOurs = error.status >= 500;
  return {
    error: {
      code: error.code,
      message: isOurs ? errorCatalogue[error.code].message : error.message,
      details: isOurs ? {} : error.details,
    },
  };
}

const knownMethods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What the path could be asked with; nothing where there is no such path. */
function methodsOf(app: FastifyInstance, { url }: FastifyRequest): HTTPMethods[] {
  const [path = '/'] = url.split('?');
  const found = knownMethods.flatMap((method) => {
    const route = app.findRoute({ method, url: path }) as { params: object } | null;
    return route === null ? [] : [{ method, names: Object.keys(route.params).length }];
  });
  // /jobs/upload is a route of its own, though "upload" could be the id of /jobs/{jobId}.
  const fewest = Math.min(...found.map(({ names }) => names));
  return found.filter(({ names }) => names === fewest).map(({ method }) => method);
}

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toAnswerable(thrown);
    if (error.status >= 500) {
      request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
    }
    if (error.status < 500) refusals.add(1, { code: error.code });
    const passes = error.status === 503 || error.status === 429;
    const { retryAfterSeconds = 5 } = error.details;
    if (passes && !reply.hasHeader('retry-after')) reply.header('retry-after', String(retryAfterSeconds));
    if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer realm="streamflix"');
    return reply
      .code(error.status)
      .header('cache-control', 'no-store')
      .type('application/json')
      .serializer(JSON.stringify)
      .send(toAnswer(error));
  });
  // Before the body is read: what it holds does not matter where nobody would take it.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const allowed = methodsOf(app, request);
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    throw new StreamflixError(allowed.length > 0 ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND');
  });
}

/** For what fails before a route is found, as a URL that cannot be decoded. */
export const answerFrameworkError = (error: unknown): { status: number; body: ErrorAnswer } => {
  const answerable = toAnswerable(error);
  return { status: answerable.status, body: toAnswer(answerable) };
};
