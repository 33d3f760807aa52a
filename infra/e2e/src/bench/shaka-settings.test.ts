import { planJob } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { expect, test } from 'vitest';
import { rungsOf } from './raw-args.ts';
import { buildShakaConfigs, withOurSettings } from './shaka-settings.ts';

const plan = planJob(plainSource());
const [rung] = rungsOf(plan.renditions);

test('Shaka Streamer is asked for the rungs, bitrates and segments of the plan', () => {
  const { pipeline, bitrates } = buildShakaConfigs('/in.mp4', plan);
  expect(pipeline).toMatchObject({ segment_size: plan.segmentSeconds });
  expect(pipeline.resolutions[0]).toBe('rung_720p');
  expect(bitrates.video_resolutions).toMatchObject({
    rung_720p: { max_width: 1280, max_height: 720, bitrates: { h264: '2800k' } },
  });
});

test('its command keeps its shape and takes the settings of the plan', () => {
  if (rung === undefined) throw new Error('no rung');
  const theirs = ['-y', '-i', 'in', '-preset', 'slow', '-b:v', '2800k', '-keyint_min', '180', '-g', '180', 'out'];
  const changed = withOurSettings(theirs, { ...rung, preset: 'veryfast', crf: 23, gopFrames: 50 });
  expect(changed.join(' ')).toBe(
    '-y -i in -preset veryfast -crf 23 -maxrate 2800k -bufsize 5600k -sc_threshold 0 -force_key_frames expr:not(mod(n,50)) -keyint_min 50 -g 50 out',
  );
});
