import { createHash } from 'node:crypto';
import type { Multipart } from '@fastify/multipart';
import { fingerprintOf } from './fingerprint.ts';

interface SentFile {
  filename: string;
  contentType: string;
  sha256: string;
}

/** What a form asks for, as it was sent: boundaries differ each time, and the order of its parts says nothing. */
export class FormRecord {
  readonly #parts: [name: string, value: unknown][] = [];

  field(name: string, value: unknown): void {
    this.#parts.push([name, value]);
  }

  file(name: string, file: SentFile): void {
    this.#parts.push([name, file]);
  }

  fingerprint(): string {
    return fingerprintOf(this.#parts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Reads a form to its end and keeps nothing but the record. */
export async function recordForm(parts: AsyncIterable<Multipart>): Promise<FormRecord> {
  const record = new FormRecord();
  for await (const part of parts) {
    if (part.type === 'field') {
      record.field(part.fieldname, part.value);
      continue;
    }
    const hash = createHash('sha256');
    for await (const chunk of part.file) hash.update(chunk as Buffer);
    const { filename, mimetype: contentType } = part;
    record.file(part.fieldname, { filename, contentType, sha256: hash.digest('hex') });
  }
  return record;
}
