import { StreamflixError } from '@streamflix/contracts';

/**
 * Throws SOURCE_FORBIDDEN for a key that a store or a proxy before it could resolve to somewhere else. Clients and servers
 * normalise `..` in a URL's path, and then the key names an object of another bucket.
 */
export function assertKey(key: string): void {
  const leadsOutside = key.startsWith('/') || key.split('/').some((part) => part === '.' || part === '..');
  if (key === '' || leadsOutside || key.includes('\0') || Buffer.byteLength(key) > 1024) {
    throw new StreamflixError('SOURCE_FORBIDDEN', { message: 'The key is empty, too long, or leads outside of its bucket.' });
  }
}

/** Throws unless everything below the prefix is meant, and no sibling whose name begins alike. */
export function assertFolderPrefix(prefix: string): void {
  if (!prefix.endsWith('/') || prefix === '/') {
    throw new StreamflixError('INTERNAL_ERROR', {
      message: `refusing to delete by the prefix "${prefix}": it must end with a slash`,
    });
  }
  assertKey(prefix);
}
