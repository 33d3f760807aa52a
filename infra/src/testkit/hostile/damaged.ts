import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import type { HostileInput } from './hostile-input.ts';

/** The same noise every time. */
function noise(length: number): Buffer {
  let state = 12_345;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    }),
  );
}

const odd = (fileName: string): HostileInput => ({
  name: `a clip under the name ${JSON.stringify(fileName)}`,
  fileName,
  make: ({ clip }) => clip,
  ends: ['completes'],
});

/** What is broken, is no file at all, or has a name that means something to somebody. */
export const damaged: readonly HostileInput[] = [
  { name: 'no bytes', fileName: 'a.mp4', make: () => '', ends: ['SOURCE_EMPTY'] },
  { name: 'a megabyte of zeros', fileName: 'a.mp4', make: () => Buffer.alloc(1_000_000), ends: ['SOURCE_UNSUPPORTED'] },
  { name: 'noise', fileName: 'a.mp4', make: () => noise(200_000), ends: ['SOURCE_UNSUPPORTED'] },
  {
    name: 'noise behind the header of an MP4',
    fileName: 'a.mp4',
    make: ({ clip }) => Buffer.concat([clip.subarray(0, 32), noise(100_000)]),
    ends: ['SOURCE_CORRUPT', 'SOURCE_TRUNCATED', 'SOURCE_UNSUPPORTED'],
  },
  {
    name: 'half of an MP4',
    fileName: 'a.mp4',
    make: ({ clip }) => clip.subarray(0, clip.length / 2),
    ends: ['SOURCE_TRUNCATED'],
  },
  {
    name: 'an MP4 with flipped bits',
    fileName: 'a.mp4',
    make: ({ clip }) => {
      const bytes = Buffer.from(clip);
      for (let at = 2000; at < bytes.length * 0.8; at += 97) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      return bytes;
    },
    ends: ['SOURCE_CORRUPT'],
  },
  {
    name: 'a pipe',
    fileName: 'a.mp4',
    make: (_, path) => {
      execFileSync('mkfifo', [path]);
      return undefined;
    },
    ends: ['SOURCE_UNSUPPORTED'],
  },
  {
    name: 'a link to a secret',
    fileName: 'a.mp4',
    make: async ({ secretVideo }, path) => {
      await symlink(secretVideo, path);
      return undefined;
    },
    ends: ['SOURCE_UNSUPPORTED'],
  },
  {
    name: 'a link to a device',
    fileName: 'a.mp4',
    make: async (_, path) => {
      await symlink('/dev/zero', path);
      return undefined;
    },
    ends: ['SOURCE_UNSUPPORTED'],
  },
  ...['-i', '%d.mp4', 'a\nb|c;$(id)`id`.mp4', 'concat:a|b.mp4', 'http:a.mp4', '\'"*?[x].mp4'].map(odd),
];
