import { expect, test } from 'vitest';
import { assertEvent } from './event-types.ts';
import { jobCreated, videoUploaded } from './testkit/sample-events.ts';

test('a whole event passes', () => {
  expect(() => assertEvent('job.created', jobCreated())).not.toThrow();
});

test('fields with a default may be left out', () => {
  const { filename, metadata, ...rest } = videoUploaded();
  expect(() => assertEvent('video.uploaded', rest)).not.toThrow();
});

test.each([
  ['a missing field', { jobId: undefined }, /jobId is not string/],
  ['a wrong type', { priority: '5' }, /priority is not int/],
  ['a number that is none', { priority: Number.NaN }, /priority is not int/],
  ['a field the schema does not know', { jobID: 'x' }, /JobCreated/],
])('%s is refused with its path', (_, change, message) => {
  const event = { ...jobCreated(), ...change };
  expect(() => assertEvent('job.created', event)).toThrow(message);
  expect(() => assertEvent('job.created', event)).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }));
});

test('an event that is no object at all is refused', () => {
  for (const value of [null, undefined, 'x', 3, []]) {
    expect(() => assertEvent('job.created', value)).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }));
  }
});

test('a fault deep inside is named by its path', () => {
  const event = { ...videoUploaded(), metadata: { colour: 7 } };
  expect(() => assertEvent('video.uploaded', event)).toThrow(/metadata\.colour is not string/);
});
