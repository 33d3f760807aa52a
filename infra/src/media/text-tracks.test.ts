import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planText } from '@streamflix/contracts';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { encodeText } from './encode-text.ts';
import { probeSource } from './probe.ts';
import { readAss } from './read-ass.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';
import { type Cue, readWebVtt, segmentCues, writeWebVtt } from './web-vtt.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000 });

const event = (text: string, start = '0:00:01.00', end = '0:00:02.50'): string =>
  `Dialogue: 0,${start},${end},Default,,0,0,0,,${text}`;
const markupOf = (text: string): string | undefined => readAss(event(text), 0, 60)[0]?.markup;

describe('a subtitle', () => {
  it.each([
    ['Hello', 'Hello'],
    ['two\\Nlines', 'two\nlines'],
    ['no\\N\\N\\Nempty line', 'no\nempty line'],
    ['{\\i1}slanted{\\i0} and {\\b1}bold', '<i>slanted</i> and <b>bold</b>'],
    ['{\\b1}a{\\i1}b{\\b0}c', '<b>a</b><b><i>b</i></b><i>c</i>'],
    ['{\\fad(200,200)\\pos(10,10)\\c&H00FF00&}plain', 'plain'],
    ['{\\b1\\bord2\\be1}fat{\\r} plain', '<b>fat</b> plain'],
    ['{\\p1}m 0 0 l 100 0 100 100{\\p0}text', 'text'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['00:00:01.000 --> 00:00:02.000', '00:00:01.000 --&gt; 00:00:02.000'],
    ['a & b, <i>c</i>, d', 'a &amp; b, &lt;i&gt;c&lt;/i&gt;, d'],
    ['bell\u0007 and\u0000 nothing', 'bell and nothing'],
  ])('of %j is told as %j', (text, markup) => {
    expect(markupOf(text)).toBe(markup);
  });

  it('at the top of the picture stays there', () => {
    expect(readAss(event('{\\an8}up'), 0, 60)).toMatchObject([{ isAtTop: true }]);
    expect(readAss(event('{\\an2}down'), 0, 60)[0]).not.toHaveProperty('isAtTop');
  });

  it('is moved to our zero, cut at its ends, and dropped outside', () => {
    const text = [
      event('before', '9:59:58.00', '9:59:59.00'),
      event('over zero', '9:59:59.50', '10:00:01.00'),
      event('inside', '10:00:02.00', '10:00:03.25'),
      event('over the end', '10:00:09.00', '10:00:12.00'),
      event('after', '10:00:11.00', '10:00:12.00'),
    ].join('\r\n');
    expect(readAss(text, 36_000, 10)).toEqual([
      { startMs: 0, endMs: 1000, markup: 'over zero' },
      { startMs: 2000, endMs: 3250, markup: 'inside' },
      { startMs: 9000, endMs: 10_000, markup: 'over the end' },
    ]);
  });

  it('is one cue and nothing but text to whoever reads the file, whatever is in it', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('<', '>', '&', '-', '\\', 'N', '{', '}', 'i', '1', '0', 'b', '\u0001', ' ', ':', '\n'),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        const cues = readAss(event(text.replaceAll('\n', '\\N')), 0, 60);
        expect(cues.length).toBeLessThanOrEqual(1);
        expect(readWebVtt(writeWebVtt(cues))).toEqual(cues);
        expect(cues[0]?.markup.replace(/<\/?[biu]>/g, '') ?? '').not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
      }),
      { numRuns: 500 },
    );
  });
});

const anyCues = fc
  .array(fc.record({ startMs: fc.integer({ min: 0, max: 29_000 }), length: fc.integer({ min: 1, max: 15_000 }) }), {
    maxLength: 30,
  })
  .map((some) =>
    some
      .map(({ startMs, length }): Cue => ({ startMs, endMs: Math.min(startMs + length, 30_030), markup: `at ${startMs}` }))
      .toSorted((a, b) => a.startMs - b.startMs),
  );

describe('segments of text', () => {
  it('are as many as those of the pictures, and hold exactly what is shown in their time', () => {
    fc.assert(
      fc.property(anyCues, (cues) => {
        const segments = segmentCues(cues, 6.006, 30.03);
        expect(segments).toHaveLength(5);
        for (const cue of cues)
          for (const [index, some] of segments.entries()) {
            const isShown = cue.startMs < (index + 1) * 6006 && cue.endMs > index * 6006;
            expect(some.includes(cue)).toBe(isShown);
          }
      }),
    );
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(anyCues, (cues) => {
        expect(readWebVtt(writeWebVtt(cues, ['X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000']))).toEqual(cues);
      }),
    );
  });

  it.each([
    ['no signature', '00:00:01.000 --> 00:00:02.000\nHello\n'],
    ['a cue that ends before it begins', 'WEBVTT\n\n00:00:02.000 --> 00:00:01.000\nHello\n'],
    ['a tag that is not ours', 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<c.x>Hello</c>\n'],
    ['a style sheet', 'WEBVTT\n\nSTYLE\n::cue { color: red }\n'],
  ])('are refused with %s', (_, text) => {
    expect(() => readWebVtt(text)).toThrow();
  });
});

describe('subtitles of a source', () => {
  const dir = scratchDir();
  const at = (name: string): string => join(dir, name);
  const ffmpeg = (...args: string[]) => execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...args]);
  const run = { media: testMedia, signal: neverAborted };
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=10:duration=4'];
  const srt = (text: string): string => `1\n00:00:01,000 --> 00:00:02,500\n${text}\n\n2\n00:00:03,000 --> 00:00:03,500\nsecond\n`;

  async function extract(path: string): Promise<Cue[][]> {
    const source = await probeSource(path, run);
    const outputDir = `${path}.out`;
    await mkdir(outputDir, { recursive: true });
    const files = await encodeText({ ...run, input: path, source, outputDir, renditions: planText(source) });
    return Promise.all(files.map(async (file) => readWebVtt(await readFile(file.path, 'utf8'))));
  }

  it.each([
    ['subrip', 'mkv'],
    ['ass', 'mkv'],
    ['webvtt', 'webm'],
    ['mov_text', 'mp4'],
  ])('in %s become WebVTT, with their times', async (codec, container) => {
    await writeFile(at('plain.srt'), srt('Grüße, <i>you</i> & me'));
    const path = at(`${codec}.${container}`);
    const video =
      container === 'webm' ? ['-c:v', 'libvpx', '-deadline', 'realtime'] : ['-c:v', 'libx264', '-preset', 'ultrafast'];
    ffmpeg(...picture, '-i', at('plain.srt'), '-map', '0', '-map', '1', ...video, '-c:s', codec, path);
    const [cues = []] = await extract(path);
    expect(cues.map(({ markup }) => markup)).toEqual(['Grüße, <i>you</i> &amp; me', 'second']);
    for (const [index, startMs] of [1000, 3000].entries())
      expect(Math.abs((cues[index]?.startMs ?? 0) - startMs)).toBeLessThan(20);
  });

  it('that are late in a file that does not begin at zero lie where the pictures do', async () => {
    await writeFile(at('late.srt'), srt('late'));
    ffmpeg(...picture, '-i', at('late.srt'), '-map', '0', '-map', '1', '-c:v', 'libx264', '-c:s', 'subrip', at('zero.mkv'));
    ffmpeg('-i', at('zero.mkv'), '-map', '0', '-c', 'copy', '-output_ts_offset', '100', at('late.mkv'));
    expect((await probeSource(at('late.mkv'), run)).startSeconds).toBeGreaterThan(90);
    const [cues = []] = await extract(at('late.mkv'));
    expect(Math.abs((cues[0]?.startMs ?? 0) - 1000)).toBeLessThan(20);
  });

  it('of several tracks, one of them not UTF-8, are each read as they were written', async () => {
    await writeFile(at('utf8.srt'), srt('Grüße'));
    await writeFile(at('latin.srt'), Buffer.from(srt('Café Größe'), 'latin1'));
    const inputs = ['-i', at('utf8.srt'), '-i', at('latin.srt')];
    // Copied as they are: nobody looks at the text of a packet.
    ffmpeg(...picture, ...inputs, '-map', '0', '-map', '1', '-map', '2', '-c:v', 'libx264', '-c:s', 'copy', at('charsets.mkv'));
    const [utf8 = [], latin = []] = await extract(at('charsets.mkv'));
    expect(utf8.map(({ markup }) => markup)).toEqual(['Grüße', 'second']);
    expect(latin.map(({ markup }) => markup)).toEqual(['Café Größe', 'second']);
  });

  it('that hold no cue at all are an empty track', async () => {
    await writeFile(at('far.srt'), '1\n00:00:50,000 --> 00:00:52,000\nfar\n');
    ffmpeg(
      ...picture,
      '-i',
      at('far.srt'),
      '-map',
      '0',
      '-map',
      '1',
      '-c:v',
      'libx264',
      '-c:s',
      'subrip',
      '-t',
      '4',
      at('none.mkv'),
    );
    expect(await extract(at('none.mkv'))).toEqual([[]]);
  });
});
