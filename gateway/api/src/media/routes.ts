import fastifyCors from '@fastify/cors';
import { StreamflixError } from '@streamflix/contracts';
import { contentTypeOf } from '@streamflix/infra/storage';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { GatewayPorts } from '../ports.ts';
import { parseRange } from './byte-range.ts';

/** Published packages and nothing else of the store: no source, no work file. */
const packageKey = /^tenants\/[a-z0-9_-]+\/jobs\/[0-9a-f-]{36}\/package\/v\d+\/(?!.*(^|\/)\.{1,2}(\/|$))[A-Za-z0-9._/-]+$/;

const matchesEtag = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === `"${etag}"`) ?? false;

/** An If-Range that names another version takes the range back. */
const rangeStands = ({ headers }: FastifyRequest, etag: string): boolean => {
  const condition = headers['if-range'];
  return condition === undefined || condition === `"${etag}"`;
};

const object = { content: { '*/*': { schema: z.string() } } };
const nothing = { content: { '*/*': { schema: z.null() } } };

const answers = {
  200: { description: 'The object.', ...object },
  206: { description: 'The range of it that was asked for.', ...object },
  304: { description: 'It is what the caller has.', ...nothing },
  416: { description: 'The range lies behind its end.', ...nothing },
};

/** Serves packages to players of any site. They are immutable, so everything between here and there may keep them. */
export const mediaRoutes: FastifyPluginAsync<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { storage } = ports;
  await app.register(fastifyCors, {
    origin: '*',
    methods: ['GET', 'HEAD'],
    allowedHeaders: ['Range', 'If-None-Match', 'If-Range'],
    exposedHeaders: ['Content-Length', 'Content-Range', 'ETag', 'Accept-Ranges'],
    maxAge: 86_400,
  });

  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'HEAD'],
    url: '/*',
    config: { permission: 'public', rate: 'none', codes: ['NOT_FOUND', 'STORE_UNAVAILABLE'] },
    schema: { tags: ['media'], summary: 'An object of a package', response: answers },
    handler: async (request, reply) => {
      const key = request.params['*'];
      const info = packageKey.test(key) ? await storage.head({ key }, AbortSignal.timeout(10_000)) : null;
      if (info === null) throw new StreamflixError('NOT_FOUND');
      reply
        .header('etag', `"${info.etag}"`)
        .header('last-modified', info.lastModified.toUTCString())
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('accept-ranges', 'bytes')
        .header('cross-origin-resource-policy', 'cross-origin');
      if (matchesEtag(request.headers['if-none-match'], info.etag)) return reply.code(304).send();

      const range = rangeStands(request, info.etag) ? parseRange(request.headers.range, info.sizeBytes) : 'whole';
      if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${info.sizeBytes}`).send();
      reply.type(info.contentType ?? contentTypeOf(key));
      if (range === 'whole') reply.header('content-length', info.sizeBytes);
      else {
        reply
          .code(206)
          .header('content-range', `bytes ${range.start}-${range.end}/${info.sizeBytes}`)
          .header('content-length', range.end - range.start + 1);
      }
      if (request.method === 'HEAD' || info.sizeBytes === 0) return reply.send();
      return reply.send(await storage.read({ key }, { ifMatch: info.etag, ...(range === 'whole' ? {} : { range }) }));
    },
  });
};
