import { randomUUID } from 'node:crypto';
import { addAbortSignal } from 'node:stream';
import type { Multipart, MultipartFile } from '@fastify/multipart';
import { keyOf, objectKeys, StreamflixError, safeFileName, type UploadFields, uploadFieldsSchema } from '@streamflix/contracts';
import { CommitUnknown } from '@streamflix/infra/database';
import type { ObjectInfo } from '@streamflix/infra/storage';
import type { FastifyRequest } from 'fastify';
import { validationError } from '../http/error-answers.ts';
import { assertStorable } from '../http/refuse-unstorable.ts';
import { FormRecord, recordForm } from '../idempotency/form-record.ts';
import { openRequestOf } from '../idempotency/keep-answers.ts';
import type { GatewayPorts } from '../ports.ts';
import { assertProfile } from '../profiles/profile-store.ts';
import { hashBody } from './hash-body.ts';
import type { AlsoWritten } from './job-store.ts';
import { refuseClearlyNotMedia } from './sniff.ts';
import { type StoredThumbnail, storeThumbnail } from './store-thumbnail.ts';

/** Forms of other systems write it this way. */
const fieldAliases: Record<string, string> = { webhook_url: 'webhookUrl', video_id: 'videoId' };

interface StoredUpload {
  info: ObjectInfo;
  /** Holds this one object and nothing else. */
  folder: string;
  filename: string;
  contentType: string;
  checksumSha256: string;
}

/** Aborted when the client goes away before it has sent the whole body, or the file is too large. */
function watchBody(request: FastifyRequest): AbortController {
  const controller = new AbortController();
  request.raw.once('close', () => {
    if (!request.raw.complete) controller.abort(new StreamflixError('VALIDATION_FAILED', { message: 'The upload broke off.' }));
  });
  return controller;
}

/** The parser's own complaints are plain errors; their words are all that tells them apart. */
const isMalformedForm = (error: unknown): boolean =>
  error instanceof Error &&
  !(error instanceof StreamflixError) &&
  /multipart|boundary|terminated early|malformed/i.test(error.message);

function parseFields(raw: Record<string, unknown>): UploadFields {
  assertStorable(raw, 'form');
  const parsed = uploadFieldsSchema.safeParse(raw);
  if (!parsed.success) throw validationError(parsed.error.issues);
  return parsed.data;
}

async function storeFile(
  { settings, storage }: GatewayPorts,
  part: MultipartFile,
  { tenantId, videoId, body }: { tenantId: string; videoId: string; body: AbortController },
): Promise<StoredUpload> {
  // A folder of its own for each upload: the same video sent again must not change the source of the earlier job.
  const folder = `${objectKeys.source(tenantId, videoId, randomUUID())}/`;
  part.file.once('limit', () =>
    body.abort(new StreamflixError('PAYLOAD_TOO_LARGE', { details: { maxUploadBytes: settings.maxUploadBytes } })),
  );
  addAbortSignal(body.signal, part.file);
  const { chunks, digest } = hashBody(await refuseClearlyNotMedia(part.file));
  const contentType = part.mimetype === '' ? 'application/octet-stream' : part.mimetype;
  const key = folder + safeFileName(part.filename);
  const info = await storage.write({ key }, chunks, { contentType, signal: body.signal });
  return { info, folder, filename: part.filename, contentType, checksumSha256: digest() };
}

/** Reads the form in whatever order it comes. Fields before the file are checked before the file is taken. */
async function readForm(
  ports: GatewayPorts,
  parts: AsyncIterable<Multipart>,
  { tenantId, body }: { tenantId: string; body: AbortController },
  keep: (folder: string) => void,
) {
  const raw: Record<string, unknown> = {};
  const record = new FormRecord();
  let stored: StoredUpload | undefined;
  let thumbnail: StoredThumbnail | undefined;
  for await (const part of parts) {
    if (part.type === 'field') {
      record.field(part.fieldname, part.value);
      // A part of type application/json comes parsed; the schema reads text.
      const value = typeof part.value === 'string' ? part.value : JSON.stringify(part.value);
      raw[fieldAliases[part.fieldname] ?? part.fieldname] = value;
      continue;
    }
    const isThumbnail = part.fieldname === 'thumbnail';
    if (!isThumbnail && part.fieldname !== 'file') {
      throw new StreamflixError('VALIDATION_FAILED', {
        message: `There is no file field "${part.fieldname}"; the video goes into "file", a picture for it into "thumbnail".`,
      });
    }
    if ((isThumbnail ? thumbnail : stored) !== undefined)
      throw new StreamflixError('VALIDATION_FAILED', { message: `The form has "${part.fieldname}" twice.` });
    const { videoId = randomUUID(), profile = null } = parseFields(raw);
    await assertProfile(ports.profiles, tenantId, profile);
    raw.videoId ??= videoId;
    const place = { tenantId, videoId, body };
    if (isThumbnail) thumbnail = await storeThumbnail(ports.storage, part, place);
    else stored = await storeFile(ports, part, place);
    const sent = isThumbnail ? thumbnail : stored;
    if (sent === undefined) continue;
    keep(sent.folder);
    record.file(part.fieldname, { filename: part.filename, contentType: part.mimetype, sha256: sent.checksumSha256 });
  }
  body.signal.throwIfAborted();
  if (stored === undefined) throw new StreamflixError('VALIDATION_FAILED', { message: 'The form has no field "file".' });
  const { videoId = randomUUID(), ...fields } = parseFields(raw);
  return { stored, thumbnail, fields, videoId, fingerprint: record.fingerprint() };
}

/** What a step on the way through may hold of each upload: there may be hundreds at once. */
const heldBytes = 16 * 1024;

const formOptions = ({ settings: { maxUploadBytes } }: GatewayPorts) => ({
  highWaterMark: heldBytes,
  fileHwm: heldBytes,
  limits: { fileSize: maxUploadBytes, files: 2, fields: 10, fieldSize: 128 * 1024, parts: 12 },
});

/** Reads a form that was answered before, for what it asks for. */
export const fingerprintForm = async (ports: GatewayPorts, request: FastifyRequest): Promise<string> =>
  (await recordForm(request.parts(formOptions(ports)))).fingerprint();

/**
 * Streams a form's file into the store and makes its job. Whatever goes wrong, no object stays without a job: but one whose job may be there
 * all the same.
 */
export async function uploadJob(ports: GatewayPorts, request: FastifyRequest, also?: AlsoWritten): Promise<string> {
  const { settings, jobs, storage, logger } = ports;
  const { ownBucket } = settings;
  const { tenantId } = request.caller;
  if (!request.isMultipart()) throw new StreamflixError('UNSUPPORTED_MEDIA_TYPE', { message: 'Send multipart/form-data.' });
  const body = watchBody(request);
  const kept = new Set<string>();
  try {
    await jobs.admit(tenantId);
    const form = await readForm(ports, request.parts(formOptions(ports)), { tenantId, body }, (folder) => kept.add(folder));
    const { stored, thumbnail, fields, videoId } = form;
    await assertProfile(ports.profiles, tenantId, fields.profile ?? null);
    openRequestOf(request)?.identify(form.fingerprint);
    const submission = {
      tenantId,
      videoId,
      sourceBucket: ownBucket,
      sourceKey: stored.info.key,
      sourceEtag: stored.info.etag,
      sizeBytes: stored.info.sizeBytes,
      filename: stored.filename,
      contentType: stored.contentType,
      checksumSha256: stored.checksumSha256,
      profile: fields.profile ?? null,
      priority: fields.priority,
      webhookUrl: fields.webhookUrl ?? null,
      deadlineAt: null,
      metadata: fields.metadata,
      submittedByKey: keyOf(request.caller),
      posterKey: thumbnail?.key ?? null,
    };
    return (await jobs.submit(submission, also)).jobId;
  } catch (error) {
    // The rest of the body is read and dropped, so that the client gets to see the answer.
    request.raw.unpipe();
    request.raw.resume();
    const mayBeUsed = error instanceof CommitUnknown;
    if (mayBeUsed) logger.warn({ prefixes: [...kept] }, 'an upload stays in the store, for its job may be there');
    for (const prefix of mayBeUsed ? [] : kept) {
      await storage
        .deletePrefix(prefix)
        .catch((deleteError: unknown) => logger.warn({ err: deleteError, prefix }, 'a refused upload stays in the store'));
    }
    if (body.signal.aborted) throw body.signal.reason;
    throw isMalformedForm(error)
      ? new StreamflixError('VALIDATION_FAILED', { message: 'The form is malformed or ends too early.', cause: error })
      : error;
  }
}
