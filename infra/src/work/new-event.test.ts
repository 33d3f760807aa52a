import { expect, test } from 'vitest';
import { completeEvent } from './new-event.ts';

const step = (taskProgress: number) =>
  completeEvent('job.progress', {
    ...{ jobId: 'j1', tenantId: 'acme', videoId: 'v1', taskId: 't1' },
    ...{ stage: 'encode', state: 'transcoding', taskProgress, jobProgress: 0, speed: null },
  });

test('an event is born with an id of its own and its time', () => {
  expect(step(0.5)).toMatchObject({ taskProgress: 0.5, occurredAt: expect.closeTo(Date.now(), -4) });
  expect(step(0.5).eventId).not.toBe(step(0.5).eventId);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s is refused: as JSON it would be null, and never leave', (number) => {
  expect(() => step(number)).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }));
});
