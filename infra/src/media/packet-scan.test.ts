import { describe, expect, it } from 'vitest';
import { measureRate, PacketScan } from './packet-scan.ts';

const thirty = { numerator: 30, denominator: 1 };
const ntsc = { numerator: 30000, denominator: 1001 };
const times = (count: number, frameSeconds: number): number[] =>
  Array.from({ length: count }, (_, index) => index * frameSeconds);

describe('a packet scan', () => {
  it('orders pictures by when they are shown and leaves out those an edit list hides', () => {
    const scan = new PacketScan(0, 1);
    for (const line of [
      '0,-0.100000,-0.2,0.1,KD',
      '0,0.000000,-0.1,0.1,K_',
      '0,0.300000,0.0,0.1,__',
      '',
      '0,0.100000,0.1,0.1,__',
    ])
      scan.addLine(line);
    for (const line of ['1,-0.021,-0.021,0.021,KD', '1,0.400,0.400,0.021,K_', '2,9.0,9.0,1.0,K_']) scan.addLine(line);
    expect(scan.videoTimes()).toEqual([0, 0.1, 0.3]);
    expect(scan.lastVideo).toEqual({ seconds: 0.3, durationSeconds: 0.1 });
    expect(scan.audioEndSeconds).toBeCloseTo(0.421);
    expect(scan.firstDecodable).toBe(0);
    expect(scan.videoPackets).toBe(4);
  });

  it('takes the decoding time where a container has no other', () => {
    const scan = new PacketScan(0, null);
    scan.addLine('0,N/A,0.040000,0.040000,K_');
    expect(scan.videoTimes()).toEqual([0.04]);
  });
});

describe('the measured rate', () => {
  it('is the claimed one that the pictures keep, also where the container rounds to milliseconds', () => {
    const rounded = times(3000, 1001 / 30000).map((seconds) => Math.round(seconds * 1000) / 1000);
    expect(measureRate(rounded, [thirty, ntsc])).toEqual({ frameRate: ntsc, variable: false });
  });

  it('is variable when a picture is missing in the middle', () => {
    const hole = times(100, 1 / 30).filter((_, index) => index !== 50);
    expect(measureRate(hole, [{ numerator: 1000, denominator: 1 }, thirty])).toEqual({ frameRate: thirty, variable: true });
  });

  it('of uneven pictures is their mean', () => {
    expect(measureRate([0, 0.02, 0.1, 0.5, 1], [{ numerator: 1000, denominator: 1 }])).toEqual({
      frameRate: { numerator: 4000, denominator: 1000 },
      variable: true,
    });
  });
});
