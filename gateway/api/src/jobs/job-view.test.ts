import { planJob } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import type { JobRow, TaskStatus } from '@streamflix/infra/database';
import { expect, test } from 'vitest';
import { toJob, toPlan } from './job-view.ts';

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

test('a task says what no worker can do that is there, and nothing while somebody can', () => {
  const now = new Date();
  const job = { state: 'assigned', plan: null, outcome: null, errorCode: null, ...{ createdAt: now, updatedAt: now } } as JobRow;
  const task = {
    pool: 'encode',
    state: 'ready',
    progress: 0,
    predictedCpuSeconds: 1,
    requires: ['encoder:libx265'],
    origin: null,
  } as unknown as TaskStatus;
  const waitsFor = (unclaimableSince: Date | null): string[][] =>
    toJob(job, [{ ...task, unclaimableSince, startedAt: null, updatedAt: now, finishedAt: null }]).tasks.map(
      (each) => each.waitsFor,
    );
  expect(waitsFor(now)).toEqual([['encoder:libx265']]);
  expect(waitsFor(null)).toEqual([[]]);
});
