import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasVideo, planJob, StreamflixError } from '@streamflix/contracts';
import { type HostileInput, type OpenSite, showsSecret, type Watched } from '../../testkit/hostile/index.ts';
import { encodeAudio } from '../encode-audio.ts';
import { encodeText } from '../encode-text.ts';
import { encodeVideo } from '../ffmpeg.ts';
import { guardedInput } from '../input-args.ts';
import { probeSource } from '../probe.ts';
import { type MediaConfig, resolveTool, runTool } from '../tool.ts';
import { neverAborted, testMedia } from './test-media.ts';

export interface Defence {
  whitelist: boolean;
  sandbox: MediaConfig['sandbox'];
}

/** Runs the program without the arguments that say how an input may be opened, and lets it open anything instead. */
const withoutWhitelist = (program: string): string => `#!/usr/bin/sh
left=$#; input=yes
while [ $left -gt 0 ]; do
  left=$((left - 1)); word=$1; shift
  case $word in
    -format_whitelist|-protocol_whitelist) shift; left=$((left - 1)); continue;;
    -f) [ $input = yes ] && { shift; left=$((left - 1)); continue; };;
    -i) input=no; set -- "$@" -protocol_whitelist ${everyProtocol};;
  esac
  set -- "$@" "$word"
done
exec ${program} ${program.endsWith('ffprobe') ? `-protocol_whitelist ${everyProtocol}` : ''} "$@"
`;
const everyProtocol = 'file,http,tcp,udp,rtp,crypto,data,concat,subfile,async,cache,pipe';

/** Memory enough for anything honest of this size. */
export const smallSlot = { memoryBytes: 768 * 1024 ** 2, outputBytes: 256 * 1024 ** 2, threads: 1, cpuList: null };

/** The programs as this defence runs them. */
export async function mediaBehind({ whitelist, sandbox }: Defence, dir: string): Promise<MediaConfig> {
  const media = { ...testMedia, sandbox, slot: smallSlot };
  if (whitelist) return media;
  const bare = join(dir, 'bare');
  await mkdir(bare, { recursive: true });
  for (const tool of ['ffmpeg', 'ffprobe'] as const) {
    const path = join(bare, tool);
    await writeFile(path, withoutWhitelist(await resolveTool(testMedia, tool)));
    await chmod(path, 0o755);
  }
  return { ...media, ffmpegPath: join(bare, 'ffmpeg'), ffprobePath: join(bare, 'ffprobe') };
}

/** Puts the input where uploads lie. */
export async function plant(input: HostileInput, site: OpenSite, base: string): Promise<string> {
  const dir = await mkdtemp(join(base, 'upload-'));
  const path = join(dir, input.fileName);
  const content = await input.make({ ...site, dir }, path);
  if (content !== undefined) await writeFile(path, content);
  return path;
}

/** The first pictures of a file, small and raw. */
async function rawPictures(path: string, media: MediaConfig, demuxer: string, dir: string): Promise<Buffer> {
  const out = join(dir, 'raw');
  await writeFile(out, '');
  const args = [
    ...['-v', 'error', '-nostdin', '-y', ...guardedInput(demuxer), '-i', path, '-map', '0:v:0?', '-frames:v', '40'],
    ...['-vf', 'scale=10:10', '-pix_fmt', 'rgb24', '-f', 'rawvideo', out],
  ];
  const limits = { stallMs: 5_000, busyStallMs: 20_000, timeLimitMs: 20_000 };
  try {
    await runTool(media, 'ffmpeg', { args, readOnlyPaths: [path], writableDir: dir, signal: neverAborted, ...limits });
  } catch {
    // However it ended: what counts is what it wrote, read and called.
    return readFile(out);
  }
  return readFile(out);
}

async function processAsAlways(path: string, media: MediaConfig, outputDir: string): Promise<string> {
  try {
    const source = await probeSource(path, { media, signal: neverAborted });
    const run = { input: path, outputDir, media, signal: neverAborted };
    const { renditions } = planJob(source);
    const sound = renditions.find((rendition) => rendition.kind === 'audio');
    if (sound !== undefined) await encodeAudio({ ...run, source, rendition: sound });
    const text = renditions.filter((rendition) => rendition.kind === 'text');
    if (text.length > 0) await encodeText({ ...run, source, renditions: text });
    if (!hasVideo(source)) return 'completes';
    const [rung] = renditions.filter((rendition) => rendition.kind === 'video');
    if (rung === undefined) return 'completes';
    const whole = { index: 0, count: 1, startFrame: 0, frameCount: null };
    await encodeVideo({ ...run, source, chunk: whole, renditions: [{ ...rung, preset: 'ultrafast' }] });
    return 'completes';
  } catch (error) {
    if (!(error instanceof StreamflixError)) throw error;
    return error.code;
  }
}

export interface Attacked extends Watched {
  /** How the platform's own way with a source ended: 'completes' or the code of the refusal. */
  end: string;
  /** Whether pictures of the secret came out anywhere. */
  showsSecret: boolean;
  /** Whether pictures came out of the file itself when it was opened past the sniffer. */
  decodes: boolean;
}

/** Sends a planted file through probe and encode, and then straight into ffmpeg as if the sniffer had let it pass. */
export async function attack(
  path: string,
  media: MediaConfig,
  site: OpenSite,
  demuxer: string | null,
  base: string,
): Promise<Attacked> {
  const outputDir = await mkdtemp(join(base, 'output-'));
  await site.watch();
  const end = await processAsAlways(path, media, outputDir);
  const past = demuxer === null ? Buffer.alloc(0) : await rawPictures(path, media, demuxer, outputDir);
  const watched = await site.seen();
  const pictures = [past];
  for (const name of await readdir(outputDir))
    if (name.endsWith('p.mp4')) pictures.push(await rawPictures(join(outputDir, name), testMedia, 'mov', outputDir));
  return { ...watched, end, decodes: past.length > 0, showsSecret: pictures.some(showsSecret) };
}
