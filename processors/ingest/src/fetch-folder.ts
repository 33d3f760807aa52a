import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isPlainPath, StreamflixError } from '@streamflix/contracts';

export interface FolderSource {
  sizeBytes: number;
  body: AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

const forbidden = (message: string): StreamflixError => new StreamflixError('SOURCE_FORBIDDEN', { message });

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** The catalogue's error for what the file system says of a tenant's path. */
function translate(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
    return new StreamflixError('SOURCE_NOT_FOUND', { message: 'There is no such file in the folder.', cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP') return forbidden('The file may not be read.');
  return error;
}

const isSame = (a: Stats, b: Stats): boolean => a.dev === b.dev && a.ino === b.ino;

/** Opens a regular file below the folder, wherever links in between lead. What is exchanged meanwhile is found out. */
async function openInside(root: string, path: string): Promise<{ file: FileHandle; stats: Stats }> {
  const realRoot = await realpath(root);
  const real = await realpath(join(realRoot, path));
  if (!real.startsWith(realRoot + sep)) throw forbidden('The path leads out of its folder.');
  // Neither a link nor, while nobody writes to it, a pipe holds us up.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw forbidden('The path does not name a regular file.');
    if ((await realpath(real)) !== real || !isSame(await lstat(real), stats))
      throw forbidden('The path leads elsewhere from one moment to the next.');
    return { file, stats };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Throws SOURCE_CHANGED when somebody wrote to it meanwhile. */
async function* readUnchanged(file: FileHandle, before: Stats): AsyncGenerator<Buffer> {
  for await (const chunk of file.createReadStream({ autoClose: false, end: Math.max(0, before.size - 1) })) yield chunk;
  const after = await file.stat();
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
    throw new StreamflixError('SOURCE_CHANGED', { message: 'The file was written to while it was read.' });
}

/**
 * Begins to read a file of a folder that the installation opened. Throws SOURCE_FORBIDDEN for what is no regular file inside of it,
 * SOURCE_NOT_FOUND, SOURCE_TOO_LARGE.
 */
export async function openFolderSource(root: string, path: string, maxBytes: number): Promise<FolderSource> {
  if (!isPlainPath(path)) throw forbidden('The path is not one of plain names.');
  try {
    const { file, stats } = await openInside(root, path);
    if (stats.size > maxBytes) {
      await file.close();
      throw new StreamflixError('SOURCE_TOO_LARGE', { details: { sizeBytes: stats.size, maxBytes } });
    }
    return { sizeBytes: stats.size, body: readUnchanged(file, stats), close: () => file.close() };
  } catch (error) {
    throw translate(error);
  }
}
