import { type Chunk, planJob, planStills, planText, profileSchema, type VideoRendition } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { describe, expect, it } from 'vitest';
import { buildAudioArgs, buildLoudnessArgs } from './audio-args.ts';
import { buildVideoArgs } from './encode-args.ts';
import { buildStillsArgs } from './stills-args.ts';
import { buildTextArgs } from './text-args.ts';

const source = plainSource({
  durationSeconds: 14.014,
  video: { frameRate: { numerator: 30000, denominator: 1001 }, lastFrameSeconds: 13.980633 },
  audio: [
    { index: 0, codec: 'aac', channels: 2, layout: 'stereo', sampleRate: 44_100, language: null, title: null, isDefault: true },
  ],
});
const rungs = [720, 480].map((shortSide) => ({ shortSide, ceilingKbps: shortSide * 4 }));
const { renditions } = planJob(source, { name: 'own', version: 1, profile: profileSchema.parse({ rungs }) });
const video = renditions.filter((rendition): rendition is VideoRendition => rendition.kind === 'video');
const whole: Chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };

const valuesOf = (args: string[], option: string): string[] =>
  args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));

const videoArgs = (chunk: Chunk): string[] =>
  buildVideoArgs({ input: '/in/source', source, chunk, renditions: video, outputPath: ({ name }) => `/out/${name}.mp4` });

describe('the arguments of a video', () => {
  it('decode once and make every rung', () => {
    const args = videoArgs(whole);
    expect(valuesOf(args, '-i')).toEqual(['/in/source']);
    expect(valuesOf(args, '-map')).toEqual(['[v0]', '[v1]']);
    const [filters = ''] = valuesOf(args, '-filter_complex');
    const [shared, ...rungs] = filters.split(';');
    expect(shared).toBe('[0:V:0]fps=30000/1001:start_time=0,tpad=stop_mode=clone:stop_duration=0.1001,split=2[s0][s1]');
    expect(rungs).toEqual([
      expect.stringMatching(/^\[s0\]scale=1280:720:flags=bicubic:.*,setsar=1,format=yuv420p,setparams=.*\[v0\]$/),
      expect.stringMatching(
        /^\[s1\]setparams=[^,]*,crop,zscale=854:480:f=bicubic:[^,]*,setsar=1,format=yuv420p,setparams=.*\[v1\]$/,
      ),
    ]);
    expect(args.filter((arg) => arg.startsWith('/out/'))).toEqual(['/out/720p.mp4', '/out/480p.mp4']);
  });

  it('force closed GOPs on the frame grid and cap the bitrate of each rung', () => {
    const args = videoArgs(whole);
    expect(valuesOf(args, '-g')).toEqual(['60', '60']);
    expect(valuesOf(args, '-keyint_min')).toEqual(['60', '60']);
    expect(valuesOf(args, '-sc_threshold')).toEqual(['0', '0']);
    expect(valuesOf(args, '-force_key_frames')).toEqual(['expr:not(mod(n,60))', 'expr:not(mod(n,60))']);
    expect(valuesOf(args, '-maxrate')).toEqual(['2880k', '1920k']);
    expect(valuesOf(args, '-bufsize')).toEqual(['5760k', '3840k']);
  });

  it('promise the frames of the whole source, without seeking', () => {
    const args = videoArgs(whole);
    expect(valuesOf(args, '-frames:v')).toEqual(['420', '420']);
    expect(args).not.toContain('-ss');
  });

  it('of a later chunk decode from well before it and take its frames of the grid of all', () => {
    const args = videoArgs({ index: 1, count: 3, startFrame: 180, frameCount: 180 });
    expect(valuesOf(args, '-ss')).toEqual(['5.006']);
    expect(args).toContain('-noaccurate_seek');
    expect(args.indexOf('-ss')).toBeLessThan(args.indexOf('-i'));
    expect(valuesOf(args, '-filter_complex')[0]).toContain('[0:V:0]fps=30000/1001,trim=start_pts=180,setpts=PTS-180,');
    expect(valuesOf(args, '-frames:v')).toEqual(['180', '180']);
  });

  it('of a container that begins later than zero are moved to zero, for sound and pictures alike', () => {
    const late = { ...source, startSeconds: 1.4 };
    const args = buildVideoArgs({ input: 'i', source: late, chunk: whole, renditions: video, outputPath: ({ name }) => name });
    expect(valuesOf(args, '-filter_complex')[0]).toContain('[0:V:0]setpts=PTS-1.4/TB,');
    const [sound] = renditions.filter((rendition) => rendition.kind === 'audio');
    if (sound === undefined) throw new Error('no audio was planned');
    const soundArgs = buildAudioArgs({ input: 'i', source: late, rendition: sound, outputPath: 'o' });
    expect(valuesOf(soundArgs, '-af')[0]).toMatch(/^asetpts=PTS-1.4\/TB,aformat/);
    expect([...args, ...soundArgs].filter((arg) => arg === '-copyts')).toHaveLength(2);
  });

  it('of fields make whole pictures first, from a few pictures before the chunk on', () => {
    const interlaced = plainSource({ durationSeconds: 60, video: { fieldOrder: 'bottom-first' } });
    const chunk = { index: 1, count: 2, startFrame: 750, frameCount: null };
    const args = buildVideoArgs({ input: 'i', source: interlaced, chunk, renditions: video, outputPath: ({ name }) => name });
    const filters = valuesOf(args, '-filter_complex')[0];
    expect(filters).toMatch(/^\[0:V:0\]bwdif=mode=send_frame:parity=bff:deint=all,fps=/);
    expect(750 / (30000 / 1001) - Number(valuesOf(args, '-ss')[0])).toBeGreaterThan(3 * (1001 / 30000));
  });

  it('of high dynamic range map it once for all rungs, in the size of the largest', () => {
    const colour = { transfer: 'pq', primaries: 'bt2020', matrix: 'bt2020nc', range: 'limited', bitDepth: 10 } as const;
    const args = buildVideoArgs({
      ...{ input: 'i', source: plainSource({ video: { colour } }), chunk: whole, renditions: video },
      outputPath: ({ name }) => name,
    });
    const [shared] = (valuesOf(args, '-filter_complex')[0] ?? '').split(',split=');
    expect(shared).toMatch(
      /fps=.*,scale=1280:720:flags=bicubic,zscale=.*tin=smpte2084.*t=linear.*,tonemap=.*,zscale=m=bt709:t=bt709/,
    );
  });

  it('of the last chunk promise what is left', () => {
    expect(valuesOf(videoArgs({ index: 2, count: 3, startFrame: 360, frameCount: null }), '-frames:v')).toEqual(['60', '60']);
  });

  it('hold the picture while the sound goes on', () => {
    const longer = { ...source, durationSeconds: 20 };
    const args = buildVideoArgs({ input: 'i', source: longer, chunk: whole, renditions: video, outputPath: ({ name }) => name });
    expect(valuesOf(args, '-filter_complex')[0]).toContain('tpad=stop_mode=clone:stop_duration=6.0861');
  });
});

describe('the arguments of every encode', () => {
  const [audio] = renditions.slice(2);
  const stills = planStills({ source, renditions });
  const all = [
    videoArgs(whole),
    ...(audio?.kind === 'audio'
      ? [
          buildAudioArgs({ input: 'i', source, rendition: audio, outputPath: 'o' }),
          buildLoudnessArgs({ input: 'i', source, rendition: audio }),
        ]
      : []),
    ...(stills === null ? [] : [buildStillsArgs({ input: 'i', video: source.video, stills, outputPath: String })]),
  ];

  it('pin the demuxer, allow files alone, limit the picture and stop at the first error', () => {
    expect(all).toHaveLength(4);
    for (const args of all) {
      const input = args.slice(0, args.indexOf('-i'));
      expect(valuesOf(input, '-f')[0]).toBe('mov');
      expect(valuesOf(input, '-format_whitelist')[0]).toBe('mov');
      expect(valuesOf(input, '-protocol_whitelist')[0]).toBe('file');
      expect(valuesOf(input, '-max_pixels')[0]).toBe('36000000');
      expect(input).toEqual(expect.arrayContaining(['-xerror', '-nostdin', '-nostats']));
    }
  });

  it('guard each of the five inputs of the pictures', () => {
    const args = all.at(-1) ?? [];
    expect(valuesOf(args, '-i')).toHaveLength(5);
    expect(valuesOf(args, '-format_whitelist')).toHaveLength(5);
  });

  it('put the sound on a time line from zero to the end of the video', () => {
    expect(valuesOf(all[1] ?? [], '-af')).toEqual([
      'aformat=sample_fmts=fltp,aresample=48000:ochl=stereo:rematrix_maxval=1000:async=1:first_pts=0,' +
        'apad=whole_dur=14.014,atrim=end=14.014',
    ]);
  });

  it('seek a second before each picture but the first, and take one between two frames', () => {
    const args = all.at(-1) ?? [];
    const halfFrame = 0.5 * (1001 / 30000);
    expect(valuesOf(args, '-ss')).toHaveLength(4);
    expect(Number(valuesOf(args, '-ss').at(-1))).toBeCloseTo(419 * (1001 / 30000) - halfFrame - 1, 5);
    expect(valuesOf(args, '-vf').at(-1)).toMatch(/^trim=start=13\.963950?,/);
    expect(valuesOf(args, '-frames:v')).toEqual(['1', '1', '1', '1', '1']);
  });
});

describe('the arguments of subtitles', () => {
  const [text] = planText({
    text: [
      {
        index: 2,
        codec: 'subrip',
        format: 'text',
        language: 'deu',
        title: null,
        isDefault: false,
        isForced: false,
        forHearingImpaired: false,
      },
    ],
  });
  const renditions = text === undefined ? [] : [text, { ...text, name: 'other', sourceIndex: 4 }];
  const args = buildTextArgs({ input: '/in/source', source, renditions, outputPath: ({ name }) => `/out/${name}.ass` });

  it('guard the input and read it once for all tracks', () => {
    const input = args.slice(0, args.indexOf('-i'));
    expect(valuesOf(input, '-format_whitelist')).toEqual(['mov']);
    expect(valuesOf(input, '-protocol_whitelist')).toEqual(['file']);
    expect(valuesOf(args, '-i')).toHaveLength(1);
    expect(valuesOf(args, '-map')).toEqual(['0:s:2', '0:s:4']);
  });

  it('limit what may be written, and go on after a subtitle that cannot be read', () => {
    expect(valuesOf(args, '-fs')).toHaveLength(2);
    expect(args).not.toContain('-xerror');
  });
});
