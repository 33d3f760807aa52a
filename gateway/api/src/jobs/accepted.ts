import type { FastifyReply } from 'fastify';

/** The answer's head for work that is taken on and not done yet. */
export const accepted = (reply: FastifyReply, jobId: string): void =>
  void reply.code(202).header('location', `/api/v1/jobs/${jobId}`).header('cache-control', 'no-store');
