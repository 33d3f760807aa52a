import type { ApiJob } from '@streamflix/contracts';
import { toTaskStatus } from '@streamflix/infra/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openRequestOf } from '../idempotency/keep-answers.ts';
import type { GatewayPorts } from '../ports.ts';
import type { AlsoWritten } from './job-store.ts';
import { toJob } from './job-view.ts';
import { readJob } from './read-job.ts';

export const locationOf = (jobId: string) => ({ location: `/api/v1/jobs/${jobId}`, 'cache-control': 'no-store' });

/** 202 and the job that `make` made. With an Idempotency-Key the answer is kept in the very transaction that makes the job. */
export async function answerNewJob(
  ports: Pick<GatewayPorts, 'jobs'>,
  request: FastifyRequest,
  reply: FastifyReply,
  make: (also?: AlsoWritten) => Promise<string>,
): Promise<ApiJob> {
  const open = openRequestOf(request);
  let kept: ApiJob | undefined;
  const keep: AlsoWritten = async (db, row, tasks) => {
    kept = toJob(row, tasks.map(toTaskStatus));
    reply.code(202);
    const headers = { ...locationOf(row.id), 'content-type': 'application/json; charset=utf-8' };
    await open?.keepIn(db, { status: 202, headers, body: String(reply.serialize(kept)) });
  };
  const jobId = await (open === null ? make() : make(keep));
  reply.code(202).headers(locationOf(jobId));
  return kept ?? readJob(ports, request.caller.tenantId, jobId);
}
