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

/** Decoding times in order; a picture that others lean on is shown three places later, and only some say so. */
function scanOf(lines: [pts: string, dts: string][]): PacketScan {
  const scan = new PacketScan(0, null);
  for (const [pts, dts] of lines) scan.addLine(`0,${pts},${dts},0.040000,__`);
  return scan;
}

describe('a program stream, where not every packet tells when it is shown', () => {
  it('has its pictures in even places all the same, the last one too', () => {
    const scan = scanOf([
      ['0.08', '0.00'],
      ['0.20', '0.04'],
      ['0.12', '0.12'],
      ['0.16', '0.16'],
      ['N/A', '0.20'],
      ['0.24', '0.24'],
      ['0.28', '0.28'],
      ['N/A', '0.32'],
      ['0.36', '0.36'],
    ]);
    const places = [0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32, 0.36, 0.4];
    expect(scan.videoTimes()).toEqual(places.map((seconds) => expect.closeTo(seconds, 6)));
    expect(scan.lastVideo?.seconds).toBeCloseTo(0.4, 6);
  });

  it('without pictures that are reordered is shown as it is decoded', () => {
    const scan = scanOf([
      ['0.00', '0.00'],
      ['N/A', '0.04'],
      ['0.08', '0.08'],
      ['N/A', '0.12'],
      ['0.16', '0.16'],
    ]);
    expect(scan.videoTimes()).toEqual([0, 0.04, 0.08, 0.12, 0.16]);
  });
});

describe('the clock of a recording', () => {
  it.each([
    ['set back', ['10', '10.04', '2.00', '2.04'], 1],
    ['set ahead', ['10', '10.04', '500', '500.04'], 1],
    ['that runs on over a short gap', ['10', '10.04', '13', '13.04'], 0],
  ])('%s', (_, moments, steps) => {
    expect(scanOf(moments.map((moment) => [moment, moment])).clockSteps).toBe(steps);
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

  it('is that of a grid most of whose places are empty, when it is a rate that people use', () => {
    const recorded = times(300, 1 / 30).filter((_, index) => index < 20 || index % 7 === 0);
    expect(measureRate(recorded, [{ numerator: 21, denominator: 2 }, thirty])).toEqual({ frameRate: thirty, variable: true });
  });

  it('of uneven pictures is their mean', () => {
    expect(measureRate([0, 0.02, 0.1, 0.5, 1], [{ numerator: 1000, denominator: 1 }])).toEqual({
      frameRate: { numerator: 4000, denominator: 1000 },
      variable: true,
    });
  });
});
