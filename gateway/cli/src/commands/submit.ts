import { resolve } from 'node:path';
import { describeJob } from '../describe-job.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Job } from '../gateway-client.ts';
import { type ProgressLine, showNothing, showProgress } from '../progress-line.ts';
import { type Submission, type SubmissionOptions, submissionOf } from '../submission.ts';
import { buildUploadForm } from '../upload-form.ts';
import { waitForJob } from '../wait-for-job.ts';
import { type Output, print } from './output.ts';
import type { Surroundings } from './surroundings.ts';

export interface SubmitOptions extends SubmissionOptions, Output {
  wait?: boolean;
  idempotencyKey?: string;
}

async function send(
  submission: Submission,
  { idempotencyKey }: SubmitOptions,
  { client: { submissions }, folder, interrupted: signal }: Surroundings,
  line: ProgressLine,
): Promise<Job> {
  const call = { signal, idempotencyKey };
  if (submission.kind === 'folder') return submissions.createFromFolder(submission.request, call);
  if (submission.kind !== 'file') return submissions.create(submission.request, call);
  const { fields, path, thumbnail } = submission;
  // The picture first: what is wrong with it is told before the video is sent.
  const picture = thumbnail === undefined ? {} : { thumbnail: resolve(folder, thumbnail) };
  return submissions.upload(await buildUploadForm(fields, { ...picture, file: resolve(folder, path) }, line.upload), call);
}

/** Makes a job of a source and, when told to, waits for its outcome. Returns the exit code. */
export async function submit(source: string, options: SubmitOptions, surroundings: Surroundings): Promise<number> {
  const { client, stderr, interrupted } = surroundings;
  const line = options.json === true && stderr.isTTY !== true ? showNothing : showProgress(stderr);
  const submission = submissionOf(source, options);
  const accepted = await send(submission, options, surroundings, line).catch((error: unknown) => {
    line.end();
    if (interrupted.aborted) {
      const left = submission.kind === 'file' ? 'nothing was submitted' : 'whether there is a job is not known';
      stderr.write(`Interrupted: ${left}.\n`);
    }
    throw error;
  });
  if (options.wait !== true) {
    line.end();
    return print(surroundings, options, accepted, `${accepted.id} is ${accepted.state}. Watch it: streamflix job ${accepted.id}`);
  }
  try {
    const job = await waitForJob(client, accepted.id, { signal: interrupted, onStep: line.step });
    line.end();
    print(surroundings, options, job, describeJob(job));
    return job.state === 'completed' ? exitCodes.done : exitCodes.jobFailed;
  } catch (error) {
    line.end();
    stderr.write(
      `${interrupted.aborted ? 'Interrupted' : 'Lost sight of the job'}; job ${accepted.id} goes on.\n` +
        `  look:   npm run streamflix -- job ${accepted.id}\n` +
        `  cancel: npm run streamflix -- cancel ${accepted.id}\n`,
    );
    throw error;
  }
}
