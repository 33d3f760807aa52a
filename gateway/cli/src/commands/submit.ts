import { resolve } from 'node:path';
import { describeJob } from '../describe-job.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { showNothing, showProgress } from '../progress-line.ts';
import { buildUploadForm } from '../upload-form.ts';
import { waitForJob } from '../wait-for-job.ts';
import type { Surroundings } from './surroundings.ts';

export interface SubmitOptions {
  wait?: boolean;
  json?: boolean;
  videoId?: string;
  priority?: string;
  profile?: string;
  webhook?: string;
  metadata?: string[];
}

function parseMetadata(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--metadata takes name=value, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function fieldsOf({ videoId, priority, profile, webhook, metadata = [] }: SubmitOptions): Record<string, string> {
  const fields = { videoId, priority, profile, webhookUrl: webhook, metadata: JSON.stringify(parseMetadata(metadata)) };
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Uploads a file and, when told to, waits for its outcome. Returns the exit code. */
export async function submit(file: string, options: SubmitOptions, surroundings: Surroundings): Promise<number> {
  const { client, folder, stdout, stderr, interrupted } = surroundings;
  const line = options.json === true && stderr.isTTY !== true ? showNothing : showProgress(stderr);
  const print = (value: unknown, text: string) =>
    stdout.write(options.json === true ? `${JSON.stringify(value)}\n` : `${text}\n`);

  const form = await buildUploadForm(fieldsOf(options), resolve(folder, file), line.upload);
  const accepted = await client.upload(form, interrupted).catch((error: unknown) => {
    line.end();
    if (interrupted.aborted) stderr.write('Interrupted: nothing was submitted.\n');
    throw error;
  });
  if (options.wait !== true) {
    line.end();
    print(accepted, `${accepted.id} is ${accepted.state}. Watch it: streamflix job ${accepted.id}`);
    return exitCodes.done;
  }
  try {
    const job = await waitForJob(client, accepted.id, { signal: interrupted, onStep: line.step });
    line.end();
    print(job, describeJob(job));
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
