import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { UsageError } from './exit-codes.ts';

export interface FormBody {
  body: Readable;
  contentType: string;
  /** Of the whole form. */
  sizeBytes: number;
}

/** As browsers do it: what would end the quoted name or the line is percent-encoded. */
const quoted = (name: string): string => name.replace(/["\r\n]/g, (character) => encodeURIComponent(character));

/**
 * A form of text fields and one file, made while it is sent: the file is never whole in memory. Built by hand because the ready
 * made ones tell neither its length nor how far it is.
 */
export async function buildUploadForm(
  fields: Record<string, string>,
  path: string,
  onBytes: (sentBytes: number, fileBytes: number) => void,
): Promise<FormBody> {
  const stats = await stat(path).catch((error: Error) => {
    throw new UsageError(`Cannot read ${path}: ${error.message}`);
  });
  if (!stats.isFile()) throw new UsageError(`${path} is not a file.`);
  const boundary = `streamflix-${randomUUID()}`;
  const fieldParts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  const fileHead =
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${quoted(basename(path))}"\r\n` +
    'content-type: application/octet-stream\r\n\r\n';
  const before = Buffer.from(fieldParts.join('') + fileHead);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);

  async function* produce(): AsyncGenerator<Buffer> {
    yield before;
    let sentBytes = 0;
    // Up to the size that was announced: a file that still grows must not break the request.
    if (stats.size > 0) {
      for await (const chunk of createReadStream(path, { end: stats.size - 1, highWaterMark: 256 * 1024 })) {
        yield chunk;
        sentBytes += chunk.length;
        onBytes(sentBytes, stats.size);
      }
    }
    yield after;
  }

  return {
    body: Readable.from(produce()),
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: before.length + stats.size + after.length,
  };
}
