import { StreamflixError } from '@streamflix/contracts';
import { fileTypeFromBuffer } from 'file-type';

/** What file-type looks at, at most. */
const sniffedBytes = 4100;

const documentsAndArchives = new Set([
  'application/pdf',
  'application/zip',
  'application/gzip',
  'application/x-tar',
  'application/x-rar-compressed',
  'application/x-7z-compressed',
  'application/x-bzip2',
  'application/x-xz',
  'application/zstd',
  'application/x-elf',
  'application/x-mach-binary',
  'application/x-msdownload',
  'application/vnd.microsoft.portable-executable',
  'application/x-sqlite3',
  'application/wasm',
  'application/epub+zip',
  'application/x-cfb',
]);

/** Whether content of this type cannot be a video. An animated GIF can; what nobody recognises is left to the probe. */
const isClearlyNotMedia = (mime: string): boolean =>
  (mime.startsWith('image/') && mime !== 'image/gif') ||
  mime.startsWith('font/') ||
  mime.startsWith('application/vnd.openxmlformats') ||
  documentsAndArchives.has(mime);

/** What the first bytes say, and the whole body. */
async function sniff(body: AsyncIterable<Buffer>): Promise<{ mime: string | undefined; whole: AsyncGenerator<Buffer> }> {
  const chunks = body[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let headBytes = 0;
  while (headBytes < sniffedBytes) {
    const { done, value } = await chunks.next();
    if (done) break;
    head.push(value);
    headBytes += value.length;
  }
  const type = await fileTypeFromBuffer(Buffer.concat(head).subarray(0, sniffedBytes));
  async function* whole(): AsyncGenerator<Buffer> {
    yield* head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { mime: type?.mime, whole: whole() };
}

/**
 * Looks at the first bytes and gives back the whole body. Throws UNSUPPORTED_MEDIA_TYPE for an archive, a picture, a document or
 * a program; what merely looks wrong passes, so that its job ends with the probe's exact reason.
 */
export async function refuseClearlyNotMedia(body: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const { mime, whole } = await sniff(body);
  if (mime !== undefined && isClearlyNotMedia(mime)) {
    throw new StreamflixError('UNSUPPORTED_MEDIA_TYPE', {
      message: `The file is ${mime}, not a video.`,
      details: { detected: mime },
    });
  }
  return whole;
}

const pictureTypes = ['image/jpeg', 'image/png', 'image/webp'];

/** Likewise for a thumbnail: UNSUPPORTED_MEDIA_TYPE for whatever does not begin like a picture. */
export async function refuseUnlessPicture(body: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const { mime, whole } = await sniff(body);
  if (mime === undefined || !pictureTypes.includes(mime)) {
    throw new StreamflixError('UNSUPPORTED_MEDIA_TYPE', {
      message: 'The thumbnail is no JPEG, PNG or WebP.',
      details: { detected: mime ?? null },
    });
  }
  return whole;
}
