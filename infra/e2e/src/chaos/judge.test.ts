import { expect, test } from 'vitest';
import { type Findings, judge } from './judge.ts';

const job = { id: 'j1', videoId: 'v1', state: 'completed' };
const outcome = { topic: 'video.transcoded', jobId: 'j1', eventId: 'e1' };
const sound: Findings = {
  accepted: [{ videoId: 'v1', good: true }],
  jobs: [job],
  outcomes: [outcome],
  packageFaults: {},
  disagreements: [],
  chunksAgain: 1,
  encodersLost: 1,
  doneTwice: 0,
  unconfirmedEvents: 0,
  ffmpegsLeft: [],
  scratchLeft: [],
};
const failed = { jobs: [{ ...job, state: 'failed' }], outcomes: [{ ...outcome, topic: 'video.failed' }] };

test('a sound run breaks no promise, also when events were told again or bad input was refused', () => {
  expect(judge(sound)).toEqual([]);
  expect(judge({ ...sound, outcomes: [outcome, outcome] })).toEqual([]);
  expect(judge({ ...sound, ...failed, accepted: [{ videoId: 'v1', good: false }] })).toEqual([]);
});

test.each<[string, Partial<Findings>]>([
  ['a job that is lost', { jobs: [], outcomes: [] }],
  ['a second job', { jobs: [job, { ...job, id: 'j2' }], outcomes: [outcome, { ...outcome, jobId: 'j2', eventId: 'e2' }] }],
  ['a job that did not end', { jobs: [{ ...job, state: 'transcoding' }], outcomes: [] }],
  ['an outcome that is missing', { outcomes: [] }],
  ['a second outcome', { outcomes: [outcome, { ...outcome, eventId: 'e2' }] }],
  ['an outcome that says otherwise', { outcomes: [{ ...outcome, topic: 'video.failed' }] }],
  ['an outcome of nobody', { outcomes: [outcome, { ...outcome, jobId: 'j2' }] }],
  ['a good source that failed', failed],
  ['a broken source that completed', { accepted: [{ videoId: 'v1', good: false }] }],
  ['a package that cannot be read', { packageFaults: { j1: ['360p.m3u8: nothing in it'] } }],
  ['a disagreement', { disagreements: ['object-missing'] }],
  ['more chunks again than encoders lost', { chunksAgain: 2 }],
  ['a task done twice', { doneTwice: 1 }],
  ['an event not read back', { unconfirmedEvents: 1 }],
  ['an encoder left', { ffmpegsLeft: ['123 ffmpeg'] }],
  ['a file left', { scratchLeft: ['encode/1/x'] }],
])('%s is found', (_, change) => {
  expect(judge({ ...sound, ...change })).not.toEqual([]);
});
