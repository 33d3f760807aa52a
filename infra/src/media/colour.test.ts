import type { SourceColour } from '@streamflix/contracts';
import { plainVideo } from '@streamflix/contracts/testkit';
import { describe, expect, it } from 'vitest';
import { convertColours, needsConversion, outputColour, scalerColours } from './colour.ts';

const video = (colour: Partial<SourceColour>, size = { width: 1280, height: 720 }) =>
  plainVideo({ ...size, colour: { transfer: 'sdr', primaries: null, matrix: null, range: 'limited', bitDepth: 8, ...colour } });

describe('the colours of the output', () => {
  it.each([
    ['720p', { width: 1280, height: 720 }, 'bt709'],
    ['a portrait', { width: 720, height: 1280 }, 'bt709'],
    ['PAL', { width: 1024, height: 576 }, 'bt470bg'],
    ['NTSC', { width: 854, height: 480 }, 'smpte170m'],
  ])('without a tag are what players guess for %s', (_, size, matrix) => {
    expect(outputColour(video({}, size))).toMatchObject({ matrix, primaries: matrix });
  });

  it('are the source’s own where it tells them', () => {
    const own = video({ primaries: 'bt470bg', matrix: 'smpte170m' });
    expect(needsConversion(own)).toBe(false);
    expect(outputColour(own)).toEqual({ primaries: 'bt470bg', transfer: 'smpte170m', matrix: 'smpte170m' });
  });

  it.each([
    { transfer: 'pq', primaries: 'bt2020', matrix: 'bt2020nc' },
    { transfer: 'hlg' },
    { primaries: 'bt2020', matrix: 'bt2020nc' },
  ] as const)('are BT.709 for %o, converted', (colour) => {
    expect(needsConversion(video(colour))).toBe(true);
    expect(outputColour(video(colour))).toEqual({ primaries: 'bt709', transfer: 'bt709', matrix: 'bt709' });
    const chain = convertColours(video(colour)).join(',');
    expect(chain).toContain('min=2020_ncl');
    expect(chain.includes('tonemap')).toBe('transfer' in colour);
  });

  it('are nothing the scaler hears of where it has nothing to compute: it would copy each picture of the right size', () => {
    expect(scalerColours(video({}))).not.toContain('matrix');
    for (const other of [video({ range: 'full' }), video({ transfer: 'hlg' }), { ...video({}), pixelFormat: 'gbrp' }])
      expect(scalerColours(other)).toContain('in_color_matrix=bt709:out_color_matrix=bt709');
  });

  it('are of limited range also where the source uses all of it', () => {
    expect(scalerColours(video({ range: 'full' }))).toContain('in_range=full:out_range=limited');
    expect(scalerColours(video({}))).toContain('in_range=limited:out_range=limited');
  });
});
