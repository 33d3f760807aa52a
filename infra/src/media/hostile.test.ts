import { mkdtempSync } from 'node:fs';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type HostileInput, hostileInputs, type OpenSite, openSite } from '../testkit/hostile/index.ts';
import { type Attacked, attack, type Defence, mediaBehind, plant, smallSlot } from './testkit/attack.ts';
import { testMedia } from './testkit/test-media.ts';
import { type Taken, watchProcesses } from './testkit/watch-processes.ts';
import type { MediaConfig } from './tool.ts';

// Bombs on a shared machine; a test waits for its site.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000, maxConcurrency: 8 });

const base = mkdtempSync(join(tmpdir(), 'streamflix-hostile-'));
/** Of the sandbox's own process, beside the program that the limit is for. */
const sandboxBytes = 16 * 1024 ** 2;
/** Beyond any of the refusals and far below the limits of a slot: processor time, which a busy machine does not lengthen. */
const limits = { bytes: smallSlot.memoryBytes + sandboxBytes, cpuSeconds: 30 };

/** A place with secrets and a decoy of its own, for one attack at a time: what one reaches is not blamed on another. */
class Site {
  readonly paths = new Map<HostileInput, string>();
  readonly dir: string;
  readonly open: OpenSite;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dir: string, open: OpenSite) {
    this.dir = dir;
    this.open = open;
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

const sites: Site[] = [];
const table: (Taken & { name: string; behind: string; end: string })[] = [];

beforeAll(async () => {
  for (const name of ['one', 'two']) {
    const dir = join(base, name);
    await mkdir(dir);
    sites.push(new Site(dir, await openSite(dir)));
  }
});
afterAll(async () => {
  await Promise.all(sites.map(({ open }) => open.close()));
  await rm(base, { recursive: true, force: true });
  printHeaviest();
});

/** What the suite found, for whoever reads its output. */
function printHeaviest(): void {
  const heaviest = table.toSorted((a, b) => b.peakBytes - a.peakBytes).slice(0, 12);
  const lines = heaviest.map(({ peakBytes, cpuSeconds, wallSeconds, end, name, behind }) =>
    [
      `${(peakBytes / 1024 ** 2).toFixed(0)} MiB`.padStart(9),
      `${cpuSeconds.toFixed(1)} s CPU`.padStart(11),
      `${wallSeconds.toFixed(1)} s`.padStart(8),
      `  ${end.padEnd(20)} ${name} (${behind})`,
    ].join(''),
  );
  const most = { cpu: Math.max(0, ...table.map(({ cpuSeconds }) => cpuSeconds)) };
  process.stdout.write(
    `\n${table.length} attacks; the heaviest of them, of ${limits.bytes / 1024 ** 2} MiB and ${limits.cpuSeconds} s CPU` +
      ` (the most: ${most.cpu.toFixed(1)} s):\n${lines.join('\n')}\n`,
  );
}

const demuxers: Record<string, string> = {
  ...{ '.mkv': 'matroska', '.avi': 'avi', '.ts': 'mpegts', '.flv': 'flv' },
  ...{ '.mp3': 'mp3', '.wav': 'wav', '.flac': 'flac', '.ogg': 'ogg' },
};

/** Each input has its place at one site, where it is planted once. */
async function attackWith(input: HostileInput, behind: string, media: (dir: string) => Promise<MediaConfig>): Promise<Attacked> {
  const site = sites[hostileInputs.indexOf(input) % sites.length];
  if (site === undefined) throw new Error('there is no site');
  return site.alone(async () => {
    const path = site.paths.get(input) ?? (await plant(input, site.open, site.dir));
    site.paths.set(input, path);
    // A pipe or a link is the sniffer's own to refuse; the sources that a worker fetches are ordinary files.
    const demuxer = (await lstat(path)).isFile() ? (demuxers[extname(path)] ?? 'mov') : null;
    const config = await media(site.dir);
    const run = () => attack(path, config, site.open, demuxer, site.dir);
    const { result, taken } = await watchProcesses(basename(dirname(path)), run);
    table.push({ ...taken, name: input.name, behind, end: result.end });
    expect(taken.peakBytes).toBeLessThanOrEqual(limits.bytes);
    expect(taken.cpuSeconds).toBeLessThanOrEqual(limits.cpuSeconds);
    return result;
  });
}

const defences: Record<string, Defence> = {
  'the whitelist alone': { whitelist: true, sandbox: 'none' },
  'the sandbox alone': { whitelist: false, sandbox: 'bubblewrap' },
  both: { whitelist: true, sandbox: 'bubblewrap' },
};

const leaking = hostileInputs.filter(({ leaks }) => leaks !== undefined);
/** What holds behind one defence holds behind both: `npm run corpus` shows it of all, CI of those that are known to leak. */
const inputsFor = (name: string): HostileInput[] =>
  name === 'both' && process.env.CORPUS !== 'all' ? leaking : [...hostileInputs];

describe.concurrent.each(Object.entries(defences))('behind %s', (name, defence) => {
  const usable = defence.sandbox === 'none' || testMedia.sandbox === 'bubblewrap';
  it.runIf(usable).for(inputsFor(name))('$name reaches nothing and is answered', async (input) => {
    const media = (dir: string) => mediaBehind(defence, join(dir, name.replaceAll(' ', '-')));
    const { end, ...reached } = await attackWith(input, name, media);
    expect(reached).toMatchObject({ secretsRead: [], decoyCalls: 0, showsSecret: false });
    expect(input.ends).toContain(end);
  });
});

describe.concurrent('behind nothing', () => {
  it.for(leaking)('$name reaches its $leaks: what the tests above would see', async (input) => {
    const media = (dir: string) => mediaBehind({ whitelist: false, sandbox: 'none' }, join(dir, 'nothing'));
    const { secretsRead, decoyCalls } = await attackWith(input, 'nothing', media);
    expect(input.leaks === 'decoy' ? decoyCalls : secretsRead.length).toBeGreaterThan(0);
  });
});

it('each input is there once', () => {
  expect(new Set(hostileInputs.map(({ name }) => name)).size).toBe(hostileInputs.length);
});
