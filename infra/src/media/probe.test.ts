import { execFileSync } from 'node:child_process';
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planLadder, requireVideo } from '@streamflix/contracts';
import { describe, expect, it, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000 });

const dir = scratchDir();
const at = (name: string): string => join(dir, name);
const probe = async (path: string) => requireVideo(await probeSource(path, { media: testMedia, signal: neverAborted }));
const refusal = (code: string) => expect.objectContaining({ code });
const ffmpeg = (...args: string[]) => execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...args]);

describe('a source', () => {
  it('of a fractional rate is measured exactly, with its sound', async () => {
    const info = await probe(await makeClip(at('ntsc.mp4'), { seconds: 3, frameRate: '30000/1001' }));
    expect(info).toMatchObject({
      container: expect.stringContaining('mp4'),
      durationSeconds: 3.003,
      video: {
        codec: 'h264',
        width: 320,
        height: 180,
        rotation: 0,
        frameRate: { numerator: 30000, denominator: 1001 },
        variableFrameRate: false,
        pixelFormat: 'yuv420p',
      },
      audio: [{ index: 0, codec: 'aac', channels: 1, sampleRate: 48_000 }],
    });
  });

  it.each(['mkv', 'avi', 'ts', 'flv', 'mov'])('in a %s container is read', async (container) => {
    const info = await probe(await makeClip(at(`clip.${container}`), { seconds: 1, frameRate: '25' }));
    expect(info.video).toMatchObject({ frameRate: { numerator: 25, denominator: 1 }, width: 320 });
    expect(info.durationSeconds).toBeCloseTo(1, 1);
  });

  it('that a phone turned is as wide and high as it is displayed', async () => {
    const info = await probe(await makeClip(at('turned.mp4'), { seconds: 1, width: 640, height: 360, rotation: 90 }));
    expect(info.video).toMatchObject({ width: 360, height: 640, rotation: 90 });
    expect(planLadder(info)[0]).toMatchObject({ name: '360p', width: 360, height: 640 });
  });

  it('of unsquare samples is as wide as it is displayed', async () => {
    const { video } = await probe(await makeClip(at('wide.mp4'), { seconds: 1, width: 240, height: 180, sampleAspect: '4/3' }));
    expect(video).toMatchObject({ width: 320, height: 180 });
  });

  it('is described by its tracks: languages, layouts, colours, subtitles and chapters', async () => {
    const [silent, words, chapters] = [
      await makeClip(at('bare.mp4'), { seconds: 2, audio: false }),
      at('words.srt'),
      at('chapters.txt'),
    ];
    await writeFile(words, '1\n00:00:00,000 --> 00:00:01,000\nHello\n');
    await writeFile(chapters, ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n');
    ffmpeg(
      ...['-i', silent, '-i', words, '-i', chapters, '-f', 'lavfi', '-i', 'anullsrc=cl=5.1:r=48000:d=2'],
      ...['-map', '0:v', '-map', '3:a', '-map', '1:s', '-map_metadata', '2', '-c:v', 'libx264', '-c:a', 'ac3', '-c:s', 'srt'],
      ...[
        '-metadata:s:a:0',
        'language=deu',
        '-metadata:s:s:0',
        'language=fra',
        '-disposition:s:0',
        'forced',
        '-disposition:a:0',
        'default',
      ],
      ...['-pix_fmt', 'yuv420p10le', '-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'],
      ...['-x264-params', 'tff=1', at('tracks.mkv')],
    );
    expect(await probe(at('tracks.mkv'))).toMatchObject({
      video: {
        colour: { transfer: 'pq', primaries: 'bt2020', matrix: 'bt2020nc', range: 'limited', bitDepth: 10 },
      },
      audio: [{ channels: 6, layout: '5.1(side)', language: 'deu', isDefault: true }],
      text: [{ index: 0, codec: 'subrip', format: 'text', language: 'fra', isForced: true, forHearingImpaired: false }],
      chapters: [{ startSeconds: 0, endSeconds: expect.closeTo(1, 1), title: 'One' }],
    });
  });

  it('of uneven pictures has a variable rate', async () => {
    const path = at('uneven.mp4');
    await makeClip(path, { seconds: 2, outputArgs: ['-vf', "select='not(between(n,10,30))'", '-fps_mode', 'vfr'] });
    const { video, durationSeconds } = await probe(path);
    expect(video.variableFrameRate).toBe(true);
    expect(durationSeconds).toBeCloseTo(2, 1);
  });

  it('whose sound goes on after its pictures lasts as long as the sound', async () => {
    const silent = await makeClip(at('short.mp4'), { seconds: 1, audio: false });
    ffmpeg('-i', silent, '-f', 'lavfi', '-i', 'sine=duration=2', '-c:v', 'copy', '-c:a', 'aac', at('long-sound.mp4'));
    const info = await probe(at('long-sound.mp4'));
    expect(info.durationSeconds).toBeCloseTo(2, 1);
    expect(info.video.lastFrameSeconds).toBeCloseTo(29 / 30, 2);
  });
});

describe('sound alone', () => {
  it.each(['mp3', 'm4a', 'mp4', 'wav', 'flac', 'ogg', 'aac', 'mka'])('is a source: %s', async (extension) => {
    const path = at(`sound.${extension}`);
    ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1.5', path);
    const source = await probeSource(path, { media: testMedia, signal: neverAborted });
    expect(source.video).toBeNull();
    expect(source.audio).toMatchObject([{ index: 0, channels: 1 }]);
    expect(source.durationSeconds).toBeCloseTo(1.5, 0);
  });

  it('has a cover picture and is still no video', async () => {
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=64x64', '-frames:v', '1', at('cover.jpg'));
    const cover = ['-i', at('cover.jpg'), '-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic'];
    for (const name of ['song.mp4', 'song.mp3']) {
      ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', ...cover, at(name));
      expect((await probeSource(at(name), { media: testMedia, signal: neverAborted })).video, name).toBeNull();
    }
  });

  it('that was cut in half is refused where its container tells its length', async () => {
    ffmpeg('-f', 'lavfi', '-i', 'sine=duration=2', at('half.wav'));
    await truncate(at('half.wav'), Math.floor((await readFile(at('half.wav'))).length / 2));
    await expect(probe(at('half.wav'))).rejects.toEqual(refusal('SOURCE_TRUNCATED'));
  });
});

describe('refused is', () => {
  it('an empty file', async () => {
    await writeFile(at('empty.mp4'), '');
    await expect(probe(at('empty.mp4'))).rejects.toEqual(refusal('SOURCE_EMPTY'));
  });

  it.each([
    ['a text', 'Dear diary, this is not a video at all.\n'.repeat(50)],
    ['an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/hostname\n#EXT-X-ENDLIST\n'],
    ['a concat script', 'ffconcat version 1.0\nfile secret.mp4\n'],
    ['a DASH manifest', '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>file:///etc/</BaseURL></MPD>'],
  ])('%s under the name of a video', async (_, text) => {
    await writeFile(at('disguised.mp4'), text);
    await expect(probe(at('disguised.mp4'))).rejects.toEqual(refusal('SOURCE_UNSUPPORTED'));
  });

  it('a picture', async () => {
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=64x64', '-frames:v', '1', at('picture.png'));
    await expect(probe(at('picture.png'))).rejects.toEqual(refusal('SOURCE_UNSUPPORTED'));
  });

  it('a cover picture alone', async () => {
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=64x64', '-frames:v', '1', at('cover.jpg'));
    ffmpeg('-i', at('cover.jpg'), '-c:v', 'copy', '-disposition:v', 'attached_pic', at('cover.mp4'));
    await expect(probe(at('cover.mp4'))).rejects.toEqual(refusal('SOURCE_NO_VIDEO'));
  });

  it.each([
    ['with its index at the end', []],
    ['with its index at the begin', ['-movflags', '+faststart']],
  ])('an MP4 %s that was cut in half', async (name, outputArgs) => {
    const path = await makeClip(at(`${name}.mp4`), { seconds: 2, outputArgs });
    await truncate(path, Math.floor((await readFile(path)).length / 2));
    await expect(probe(path)).rejects.toEqual(refusal('SOURCE_TRUNCATED'));
  });

  it('a Matroska file that was cut in half', async () => {
    const path = await makeClip(at('cut.mkv'), { seconds: 2 });
    await truncate(path, Math.floor((await readFile(path)).length / 2));
    await expect(probe(path)).rejects.toEqual(refusal('SOURCE_TRUNCATED'));
  });

  it('an MP4 whose index is rubbish', async () => {
    const path = at('rubbish.mp4');
    await copyFile(await makeClip(at('whole.mp4'), { seconds: 1 }), path);
    const bytes = await readFile(path);
    const index = bytes.indexOf('moov');
    bytes.fill(0x5a, index + 4, bytes.length);
    await writeFile(path, bytes);
    await expect(probe(path)).rejects.toEqual(refusal('SOURCE_CORRUPT'));
  });

  it('an encrypted MP4', async () => {
    const path = at('locked.mp4');
    const key = '76a6c65c5ea762046bd749a2e632ccbb';
    await makeClip(path, {
      seconds: 1,
      audio: false,
      outputArgs: ['-encryption_scheme', 'cenc-aes-ctr', '-encryption_key', key, '-encryption_kid', key],
    });
    await expect(probe(path)).rejects.toEqual(refusal('SOURCE_ENCRYPTED'));
  });

  it('a picture of more pixels than anybody films, at once', async () => {
    const path = at('huge.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'color=size=8192x8192:rate=1:duration=1', '-c:v', 'mjpeg', '-an', path);
    await expect(probe(path)).rejects.toEqual(refusal('SOURCE_TOO_LARGE'));
  });

  it('a picture of fewer pixels than anybody watches', async () => {
    const path = await makeClip(at('tiny.mp4'), { seconds: 1, width: 16, height: 16, audio: false });
    await expect(probe(path)).rejects.toEqual(refusal('SOURCE_TOO_SMALL'));
  });

  it('nothing when the signal aborts: the probe ends with its reason', async () => {
    const path = await makeClip(at('fine.mp4'), { seconds: 1 });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(probeSource(path, { media: testMedia, signal })).rejects.toThrow('enough');
  });
});
