import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStorage } from '@streamflix/infra/storage';
import { expect, test } from 'vitest';
import { fetchMade } from './fetch-made.ts';

test('a rendition that is gone from the store is not told as a source that does not exist', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fetch-made-'));
  try {
    const storage = openStorage({ driver: 'local', dir, bucket: 'own' } as Parameters<typeof openStorage>[0]);
    const fetched = fetchMade(storage, 'work/720p.mp4', join(dir, 'file'), new AbortController().signal);
    await expect(fetched).rejects.toMatchObject({ code: 'PACKAGE_INVALID' });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
