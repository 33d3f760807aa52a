import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CommandLog, redactArgs } from './command-log.ts';

const places = { work: '/var/work/encode-7', sources: '/var/work/encode-7/sources' };
const redact = (...args: string[]): string[] => redactArgs(args, places);

test('places on the disk are named by what they are', () => {
  expect(redact('-i', '/var/work/encode-7/sources/ab12/3/source', '/var/work/encode-7/task-x/.partial/720p.mp4')).toEqual([
    '-i',
    '<source>',
    '<work>/task-x/.partial/720p.mp4',
  ]);
  expect(redact('in=/srv/data/a.mp4,stream=video', "subtitles='/etc/fonts/x.ass'")).toEqual([
    'in=<path>/a.mp4,stream=video',
    "subtitles='<path>/x.ass'",
  ]);
});

test('what is not a place stays', () => {
  const args = ['-r', '30000/1001', '-filter_complex', '[0:v]fps=25/1,scale=1280:720[v]', 'keyint=50:min-keyint=50'];
  expect(redact(...args)).toEqual(args);
});

test('keys and signed addresses are left out', () => {
  expect(redact('label=:key_id=00ff:key=aabb', 'https://store/x.mp4?X-Amz-Signature=abc&a=b')).toEqual([
    'label=:key_id=<secret>:key=<secret>',
    'https://store/x.mp4',
  ]);
});

test('whatever is run, what is kept of it is bounded and names no place of this worker', () => {
  const arg = fc.oneof(
    fc.string({ maxLength: 3000 }),
    fc.string().map((name) => `${places.sources}/${name}`),
  );
  fc.assert(
    fc.property(fc.array(arg, { maxLength: 30 }), (args) => {
      const kept = redactArgs(args, places);
      expect(kept.join('').length).toBeLessThanOrEqual(4_001);
      expect(kept.join('\n')).not.toContain(places.work);
      expect(kept.join('')).not.toContain('\0');
    }),
  );
});

test('of many commands the last are kept, and each is taken once', () => {
  const log = new CommandLog(places);
  const ran = { program: 'ffmpeg', startedAt: new Date(), seconds: 1, exit: '0' };
  for (let number = 0; number < 50; number += 1) log.add({ ...ran, args: [String(number)] });
  const taken = log.take();
  expect([taken.length, taken.at(-1)?.args]).toEqual([20, ['49']]);
  expect(log.take()).toEqual([]);
});
