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

interface FilePart {
  head: Buffer;
  path: string;
  sizeBytes: number;
}

/** As browsers do it: what would end the quoted name or the line is percent-encoded. */
const quoted = (name: string): string => name.replace(/["\r\n]/g, (character) => encodeURIComponent(character));

async function openFile(name: string, path: string, boundary: string): Promise<FilePart> {
  const stats = await stat(path).catch((error: Error) => {
    throw new UsageError(`Cannot read ${path}: ${error.message}`);
  });
  if (!stats.isFile()) throw new UsageError(`${path} is not a file.`);
  const head =
    `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"; filename="${quoted(basename(path))}"\r\n` +
    'content-type: application/octet-stream\r\n\r\n';
  return { head: Buffer.from(head), path, sizeBytes: stats.size };
}

/**
 * A form of text fields and then files, made while it is sent: no file is ever whole in memory. Built by hand because the ready
 * made ones tell neither its length nor how far it is.
 */
export async function buildUploadForm(
  fields: Record<string, string>,
  files: Record<string, string>,
  onBytes: (sentBytes: number, fileBytes: number) => void,
): Promise<FormBody> {
  const boundary = `streamflix-${randomUUID()}`;
  const fieldParts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  const parts = await Promise.all(Object.entries(files).map(([name, path]) => openFile(name, path, boundary)));
  const fileBytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const before = Buffer.from(fieldParts.join(''));
  const lineEnd = Buffer.from('\r\n');
  const after = Buffer.from(`--${boundary}--\r\n`);

  async function* produce(): AsyncGenerator<Buffer> {
    yield before;
    let sentBytes = 0;
    for (const { head, path, sizeBytes } of parts) {
      yield head;
      // Up to the size that was announced: a file that still grows must not break the request.
      if (sizeBytes > 0) {
        for await (const chunk of createReadStream(path, { end: sizeBytes - 1, highWaterMark: 256 * 1024 })) {
          yield chunk;
          sentBytes += chunk.length;
          onBytes(sentBytes, fileBytes);
        }
      }
      yield lineEnd;
    }
    yield after;
  }

  return {
    body: Readable.from(produce()),
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: parts.reduce(
      (sum, { head, sizeBytes }) => sum + head.length + sizeBytes + lineEnd.length,
      before.length + after.length,
    ),
  };
}
