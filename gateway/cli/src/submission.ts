import type { ApiSchemas } from '@streamflix/client';
import { UsageError } from './exit-codes.ts';

/** What may be said of a job besides its source; each name is its option's. */
export interface SubmissionOptions {
  fromFolder?: string;
  videoId?: string;
  priority?: number;
  profile?: string;
  webhook?: string;
  /** Of `name=value`. */
  metadata?: string[];
  thumbnail?: string;
  deadline?: string;
  filename?: string;
  contentType?: string;
  sha256?: string;
}

/** A job as it is asked for, by where its source is. */
export type Submission =
  | { kind: 'file'; path: string; thumbnail: string | undefined; fields: Record<string, string> }
  | { kind: 'folder'; request: ApiSchemas['FolderSourceRequestInput'] }
  | { kind: 'object' | 'url'; request: ApiSchemas['CreateJobRequestInput'] };

type Kind = Submission['kind'];

const kindNames: Record<Kind, string> = {
  file: 'a file to upload',
  folder: 'a file in a folder of the installation',
  object: 'an object of the store',
  url: 'a URL',
};

/** What only some sources take. */
const particular = [
  { option: 'thumbnail', flag: '--thumbnail', kinds: ['file'] },
  { option: 'deadline', flag: '--deadline', kinds: ['object', 'url', 'folder'] },
  { option: 'filename', flag: '--filename', kinds: ['object', 'url'] },
  { option: 'contentType', flag: '--content-type', kinds: ['object'] },
  { option: 'sha256', flag: '--sha256', kinds: ['object'] },
] as const satisfies { option: keyof SubmissionOptions; flag: string; kinds: Kind[] }[];

const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);
const isObject = (source: string): boolean => /^s3:/i.test(source);

function kindOf(source: string, { fromFolder }: SubmissionOptions): Kind {
  if (fromFolder !== undefined) {
    if (isUrl(source) || isObject(source))
      throw new UsageError(`With --from-folder the source is a path in it, not "${source}".`);
    return 'folder';
  }
  if (isUrl(source)) return 'url';
  return isObject(source) ? 'object' : 'file';
}

function refuseStrangers(kind: Kind, options: SubmissionOptions): void {
  for (const { option, flag, kinds } of particular) {
    if (options[option] === undefined || kinds.some((each) => each === kind)) continue;
    throw new UsageError(`${flag} is for ${kinds.map((each) => kindNames[each]).join(', or ')}; this is ${kindNames[kind]}.`);
  }
}

/** Without what was not said. */
const said = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** An object by its address: `s3://BUCKET/KEY`, or `s3:///KEY` in the platform's own bucket. Throws UsageError. */
export function objectAt(address: string): { sourceKey: string; sourceBucket?: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/(.+)$/is.exec(address) ?? [];
  if (key === '') throw new UsageError(`Write s3://BUCKET/KEY, or s3:///KEY for the platform's own bucket, not "${address}".`);
  return { sourceKey: key, ...(bucket === '' ? {} : { sourceBucket: bucket }) };
}

const toMetadata = (pairs: string[]): Record<string, string> =>
  Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

/** Reads off the command line what is to be submitted. Throws UsageError for what does not go together. */
export function submissionOf(source: string, options: SubmissionOptions): Submission {
  const kind = kindOf(source, options);
  refuseStrangers(kind, options);
  const { videoId, priority, profile, webhook: webhookUrl, metadata = [], deadline: deadlineAt, filename } = options;
  const job = said({ videoId, priority, profile, webhookUrl });
  if (kind === 'file') {
    const fields = { ...job, metadata: JSON.stringify(toMetadata(metadata)) };
    const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
    return { kind, path: source, thumbnail: options.thumbnail, fields: Object.fromEntries(texts) };
  }
  const request = { ...job, metadata: toMetadata(metadata), ...said({ deadlineAt }) };
  if (kind === 'folder') return { kind, request: { folder: options.fromFolder ?? '', path: source, ...request } };
  if (kind === 'url') return { kind, request: { source: { url: source }, ...request, ...said({ filename }) } };
  const { contentType, sha256: checksumSha256 } = options;
  return { kind, request: { ...objectAt(source), ...request, ...said({ filename, contentType, checksumSha256 }) } };
}
