import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamflixError } from '@streamflix/contracts';
import type { ByteBudget } from './byte-budget.ts';

export interface PartRoom {
  /** Of memory, for all parts that are gathered in this process. */
  memory: ByteBudget;
  /** Where parts lie that find no memory. */
  dir: string;
}

/** One part of an upload, wherever it lies. */
export interface Part {
  readonly sizeBytes: number;
  /** Copies all of it to the beginning of a buffer, and gives that; what of it lay in memory is given back. */
  moveTo(buffer: Buffer): Promise<Buffer>;
  /** Gives back what it took; a second time nothing. */
  release(): Promise<void>;
}

/**
 * Gathers one part of an upload: in memory while there is room, else in a file without a name, which goes with the process. So a
 * sender that dribbles keeps nobody from memory for long, and any number of them take no more of it than was agreed.
 */
export class PartBuffer implements Part {
  readonly #room: PartRoom;
  #pieces: Buffer[] = [];
  #file: FileHandle | undefined;
  sizeBytes = 0;

  constructor(room: PartRoom) {
    this.#room = room;
  }

  /** Throws DISK_FULL where the part is to lie in a file and there is no room for it. */
  async append(piece: Buffer): Promise<void> {
    if (this.#file === undefined && this.#room.memory.tryTake(piece.length)) this.#pieces.push(piece);
    else await this.#spill(piece).catch(asDiskFull);
    this.sizeBytes += piece.length;
  }

  async moveTo(buffer: Buffer): Promise<Buffer> {
    const whole = buffer.subarray(0, this.sizeBytes);
    let at = 0;
    for (const piece of this.#pieces) at += piece.copy(whole, at);
    this.#forgetPieces();
    if (this.#file !== undefined) await readFully(this.#file, whole, 0);
    return whole;
  }

  async release(): Promise<void> {
    this.#forgetPieces();
    const file = this.#file;
    this.#file = undefined;
    this.sizeBytes = 0;
    await file?.close();
  }

  #forgetPieces(): void {
    this.#room.memory.give(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    this.#pieces = [];
  }

  async #spill(piece: Buffer): Promise<void> {
    this.#file ??= await openNameless(this.#room.dir);
    for (const each of [...this.#pieces, piece]) await this.#file.appendFile(each);
    this.#forgetPieces();
  }
}

/** Fills the buffer from there on. */
export async function readFully(file: FileHandle, buffer: Buffer, position: number): Promise<void> {
  for (let at = 0; at < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, at, buffer.length - at, position + at);
    if (bytesRead === 0) throw new Error('a part of an upload is shorter than it was');
    at += bytesRead;
  }
}

async function openNameless(dir: string): Promise<FileHandle> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `upload-part-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await rm(path);
  return file;
}

function asDiskFull(error: unknown): never {
  throw error instanceof Error && 'code' in error && error.code === 'ENOSPC'
    ? new StreamflixError('DISK_FULL', { cause: error })
    : error;
}
