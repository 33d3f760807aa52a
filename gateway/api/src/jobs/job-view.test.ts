import { planJob } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { expect, test } from 'vitest';
import { toPlan } from './job-view.ts';

test('a plan tells how the pictures of its source are stored', () => {
  const colour = { transfer: 'hlg', primaries: 'bt2020', matrix: 'bt2020nc', range: 'limited', bitDepth: 10 } as const;
  const source = plainSource({ video: { colour, fieldOrder: 'top-first', rotation: 90, pixelFormat: 'yuv420p10le' } });
  expect(toPlan(planJob(source)).source.picture).toEqual({
    ...colour,
    rotation: 90,
    variableFrameRate: false,
    fieldOrder: 'top-first',
    pixelFormat: 'yuv420p10le',
  });
  expect(toPlan(planJob({ ...source, video: null })).source.picture).toBeNull();
});
