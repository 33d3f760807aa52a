import { randomUUID } from 'node:crypto';
import { addAbortSignal } from 'node:stream';
import type { MultipartFile } from '@fastify/multipart';
import { objectKeys, StreamflixError } from '@streamflix/contracts';
import type { StorageProvider } from '@streamflix/infra/storage';
import { hashBody } from './hash-body.ts';
import { refuseUnlessPicture } from './sniff.ts';

/** More than any poster needs. */
const maxBytes = 10 * 1024 * 1024;

const tooLarge = (): StreamflixError =>
  new StreamflixError('PAYLOAD_TOO_LARGE', {
    message: `The thumbnail is larger than ${maxBytes} bytes.`,
    details: { maxThumbnailBytes: maxBytes },
  });

export interface StoredThumbnail {
  /** Holds this one object and nothing else. */
  folder: string;
  key: string;
  checksumSha256: string;
}

/**
 * Streams the picture of a form into the store, as it came; whether it can be decoded is found out where that is safe. Throws
 * UNSUPPORTED_MEDIA_TYPE for what does not begin like a picture, PAYLOAD_TOO_LARGE.
 */
export async function storeThumbnail(
  storage: StorageProvider,
  part: MultipartFile,
  { tenantId, videoId, body }: { tenantId: string; videoId: string; body: AbortController },
): Promise<StoredThumbnail> {
  const folder = `${objectKeys.source(tenantId, videoId, randomUUID())}/`;
  part.file.once('limit', () => body.abort(tooLarge()));
  addAbortSignal(body.signal, part.file);
  const picture = await refuseUnlessPicture(part.file);
  const { chunks, digest } = hashBody(picture, (receivedBytes) => {
    if (receivedBytes > maxBytes) throw tooLarge();
  });
  const { key } = await storage.write({ key: `${folder}thumbnail` }, chunks, { signal: body.signal });
  return { folder, key, checksumSha256: digest() };
}
