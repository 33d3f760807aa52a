import { hasCode, StreamflixError } from '@streamflix/contracts';
import { downloadToFile, type StorageProvider } from '@streamflix/infra/storage';

/** Brings something that the platform made to a local file. When it is missing that is no fault of the source. */
export async function fetchMade(storage: StorageProvider, key: string, path: string, signal: AbortSignal): Promise<void> {
  try {
    await downloadToFile(storage, { key }, path, { signal });
  } catch (error) {
    if (!hasCode(error, 'SOURCE_NOT_FOUND') && !hasCode(error, 'SOURCE_CHANGED')) throw error;
    throw new StreamflixError('PACKAGE_INVALID', { message: `not in the store as it was made: ${key}`, cause: error });
  }
}
