import { StreamflixError } from '@streamflix/contracts';
import type { Config } from '../config/index.ts';
import { openLocalStorage } from './local-storage.ts';
import { openS3Storage } from './s3-storage.ts';
import type { StorageProvider } from './storage.ts';

/** The store the configuration names. Opens no connection: that happens with the first call. */
export function openStorage(config: Config['storage'] & { spoolDir?: string }): StorageProvider {
  if (config.driver === 's3') return openS3Storage(config);
  if (config.dir === undefined) throw new StreamflixError('CONFIG_INVALID', { message: 'STORAGE_DIR is not set.' });
  return openLocalStorage({ dir: config.dir, bucket: config.bucket });
}
