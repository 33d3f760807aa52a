import { open, stat } from 'node:fs/promises';
import { type Part, readFully } from './part-buffer.ts';
import type { LocalFile } from './storage.ts';

/** One part of an upload that lies in a file of ours, and is read only when it is sent. */
class FilePart implements Part {
  readonly sizeBytes: number;
  readonly #path: string;
  readonly #position: number;

  constructor(path: string, position: number, sizeBytes: number) {
    this.#path = path;
    this.#position = position;
    this.sizeBytes = sizeBytes;
  }

  async moveTo(buffer: Buffer): Promise<Buffer> {
    const whole = buffer.subarray(0, this.sizeBytes);
    await using file = await open(this.#path);
    await readFully(file, whole, this.#position);
    return whole;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}

/** The parts of a file, `sizeOf` bytes each by their number from 1 on; the last may be smaller. */
export async function* cutFile({ file }: LocalFile, sizeOf: (partNumber: number) => number): AsyncGenerator<Part> {
  const { size } = await stat(file);
  let position = 0;
  for (let partNumber = 1; position < size; partNumber += 1) {
    const part = new FilePart(file, position, Math.min(sizeOf(partNumber), size - position));
    yield part;
    position += part.sizeBytes;
  }
}
