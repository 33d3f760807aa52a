import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { planJob, planTasks, requireVideo, type TaskSpec } from '@streamflix/contracts';
import { expect, test, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { cutPiece } from './cut-piece.ts';
import { encodeAudio } from './encode-audio.ts';
import { type EncodedFile, encodeVideo } from './ffmpeg.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 120_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };

const hashOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

test.each(['mp4', 'mkv'])(
  'whatever is made of a piece of an %s is byte for byte what is made of the whole',
  async (extension) => {
    const input = await makeClip(join(dir, `source.${extension}`), { seconds: 26, outputArgs: ['-g', '50'] });
    const source = requireVideo(await probeSource(input, run));
    const make = async (spec: TaskSpec, from: { input: string; isPiece: boolean }, outputDir: string): Promise<EncodedFile[]> => {
      await mkdir(outputDir, { recursive: true });
      const shared = { ...run, ...from, source, outputDir };
      if (spec.kind === 'video') return encodeVideo({ ...shared, chunk: spec.chunk, renditions: spec.renditions });
      if (spec.kind === 'audio') return [await encodeAudio({ ...shared, rendition: spec.rendition })];
      throw new Error(`no ${spec.kind} tasks here`);
    };
    const specs = planTasks(planJob(source), { idleSlots: 4 }).map(({ spec }) => spec);
    expect(specs.map(({ kind }) => kind)).toEqual(['audio', 'video', 'video']);
    for (const [index, spec] of specs.entries()) {
      const base = join(dir, `${extension}-${index}`);
      await mkdir(base, { recursive: true });
      const piece = join(base, 'piece');
      const sizeBytes = await cutPiece({ ...run, input, source, spec, outputPath: piece });
      expect(sizeBytes).toBeLessThan(0.75 * (await stat(input)).size);
      const whole = await make(spec, { input, isPiece: false }, join(base, 'whole'));
      const pieced = await make(spec, { input: piece, isPiece: true }, join(base, 'pieced'));
      const hashes = (files: EncodedFile[]) => Promise.all(files.map(({ path }) => hashOf(path)));
      expect(await hashes(pieced), spec.kind).toEqual(await hashes(whole));
    }
  },
);
