import { mkdtempSync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type HostileInput, hostileInputs, type OpenSite, openSite } from '../testkit/hostile/index.ts';
import { type Attacked, attack, type Defence, mediaBehind, plant } from './testkit/attack.ts';
import { testMedia } from './testkit/test-media.ts';
import type { MediaConfig } from './tool.ts';

// Bombs on a shared machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const base = mkdtempSync(join(tmpdir(), 'streamflix-hostile-'));
let site: OpenSite;
const paths = new Map<HostileInput, string>();

beforeAll(async () => {
  site = await openSite(base);
});
afterAll(async () => {
  await site.close();
  await rm(base, { recursive: true, force: true });
});

const demuxers: Record<string, string> = { mkv: 'matroska', avi: 'avi', ts: 'mpegts', flv: 'flv' };

async function attackWith(input: HostileInput, media: MediaConfig): Promise<Attacked> {
  const path = paths.get(input) ?? (await plant(input, site, base));
  paths.set(input, path);
  // A pipe or a link is the sniffer's own to refuse; the sources that a worker fetches are ordinary files.
  const demuxer = (await lstat(path)).isFile() ? (demuxers[path.split('.').at(-1) ?? ''] ?? 'mov') : null;
  return attack(path, media, site, demuxer, base);
}

const defences: Record<string, Defence> = {
  'the whitelist alone': { whitelist: true, sandbox: 'none' },
  'the sandbox alone': { whitelist: false, sandbox: 'bubblewrap' },
  both: { whitelist: true, sandbox: 'bubblewrap' },
};

describe.each(Object.entries(defences))('behind %s', (name, defence) => {
  const usable = defence.sandbox === 'none' || testMedia.sandbox === 'bubblewrap';
  it.runIf(usable).for(hostileInputs)('$name reaches nothing and is answered', async (input) => {
    const media = await mediaBehind(defence, join(base, name.replaceAll(' ', '-')));
    const { end, ...reached } = await attackWith(input, media);
    expect(reached).toMatchObject({ secretsRead: [], decoyCalls: 0, showsSecret: false });
    expect(input.ends).toContain(end);
  });
});

describe('behind nothing', () => {
  it.for(hostileInputs.filter(({ leaks }) => leaks !== undefined))(
    '$name reaches its $leaks: what the tests above would see',
    async (input) => {
      const media = await mediaBehind({ whitelist: false, sandbox: 'none' }, join(base, 'nothing'));
      const { secretsRead, decoyCalls } = await attackWith(input, media);
      expect(input.leaks === 'decoy' ? decoyCalls : secretsRead.length).toBeGreaterThan(0);
    },
  );
});
