import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { objectKeys } from '@streamflix/contracts';
import type { StorageProvider } from '@streamflix/infra/storage';

const run = promisify(execFile);

export interface PublishedPackage {
  readonly jobId: string;
  readonly tenantId: string;
  readonly version: number;
}

/** Fetches a published package and has ffprobe read every rendition to its end; answers with what is wrong, if anything. */
export async function probePackage(
  storage: StorageProvider,
  ffprobePath: string,
  published: PublishedPackage,
): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-package-'));
  try {
    const names = await download(storage, objectKeys.packagePrefix(published.tenantId, published.jobId, published.version), dir);
    const playlists: string[] = [];
    for (const name of names.filter((each) => each.endsWith('.m3u8'))) {
      const playlist = await readFile(join(dir, name), 'utf8');
      if (playlist.includes('#EXTINF') && !playlist.includes('#EXT-X-I-FRAMES-ONLY')) playlists.push(name);
    }
    if (playlists.length === 0) return ['no rendition'];
    const faults = await Promise.all(playlists.map((name) => probe(ffprobePath, dir, name)));
    return faults.flat();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function download(storage: StorageProvider, prefix: string, dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of storage.list(prefix)) {
    const name = key.slice(prefix.length);
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), await buffer(await storage.read({ key })));
    names.push(name);
  }
  return names;
}

async function probe(ffprobePath: string, dir: string, name: string): Promise<string[]> {
  const args = [
    '-v',
    'error',
    '-allowed_extensions',
    'ALL',
    '-count_packets',
    '-show_entries',
    'stream=nb_read_packets',
    '-of',
    'csv=p=0',
  ];
  try {
    const { stdout, stderr } = await run(ffprobePath, [...args, join(dir, name)], { timeout: 60_000 });
    if (stderr !== '') return [`${name}: ${stderr.trim().slice(0, 200)}`];
    return Number(stdout.trim().split('\n')[0]) > 0 ? [] : [`${name}: nothing in it`];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message.slice(0, 200) : error}`];
  }
}
