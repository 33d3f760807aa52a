import { eventSchemas, type JobProgressed, StreamflixError } from '@streamflix/contracts';
import avsc from 'avsc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import type { Bus, DeadLetter, Replay } from './index.ts';
import { setUpTopicsAndSchemas } from './set-up.ts';
import { BusFixture, jobProgressed, quietTopic, toMessage } from './testkit/bus-fixture.ts';

const fixture = new BusFixture();
const letters: DeadLetter[] = [];
let bus: Bus;

beforeAll(async () => {
  await fixture.open();
  await setUpTopicsAndSchemas(fixture.config, createTestLogger());
  bus = await fixture.connect();
  const group = `test-letters-${crypto.randomUUID()}`;
  const onBatch = async (batch: DeadLetter[]) => void letters.push(...batch);
  fixture.track(await bus.readDeadLetters({ group, onBatch, onCrash: neverCrash }));
});
afterAll(() => fixture.close());

const neverCrash = (error: Error): void => {
  throw error;
};

async function consume(handler: (event: JobProgressed) => Promise<void>) {
  const group = await fixture.newGroup(quietTopic);
  const replays: Replay[] = [];
  const onReplayed = async (replay: Replay) => void replays.push(replay);
  fixture.track(await bus.consume({ group, handlers: { [quietTopic]: handler }, onReplayed, onCrash: neverCrash }));
  return { group, replays };
}

const lettersOf = (key: string, group: string) =>
  letters.filter((letter) => letter.key?.toString() === key && letter.group === group);

async function letterOf(key: string, group: string): Promise<DeadLetter> {
  await expect.poll(() => lettersOf(key, group), { timeout: 20_000 }).toHaveLength(1);
  return lettersOf(key, group)[0] as DeadLetter;
}

test('of several groups the one that failed gets the message again, bytes and headers as they were, and no other', async () => {
  const event = jobProgressed();
  const calls: string[] = [];
  let broken = true;
  const failing = await consume(async ({ jobId }) => {
    if (jobId !== event.jobId) return;
    calls.push('failing');
    if (broken) throw new StreamflixError('INTERNAL_ERROR', { message: 'broken' });
  });
  const sound = await consume(async ({ jobId }) => void (jobId === event.jobId && calls.push('sound')));
  await bus.publish([toMessage(quietTopic, event, { 'x-own': 'kept' })]);
  const letter = await letterOf(event.jobId, failing.group);
  expect(letter).toMatchObject({ topic: quietTopic, code: 'INTERNAL_ERROR', message: 'broken', attempts: 1, replay: null });
  expect({ ...(await bus.decode(quietTopic, letter.value)) }).toEqual(event);
  await expect.poll(() => calls.sort()).toEqual(['failing', 'sound']);

  broken = false;
  const replay = { letterId: crypto.randomUUID(), number: 1, group: failing.group };
  await bus.replay({ ...letter, replay });
  await expect.poll(() => failing.replays, { timeout: 10_000 }).toEqual([replay]);
  // A later message of the same partition: by then the other group has passed the replay.
  await bus.publish([toMessage(quietTopic, event)]);
  await expect.poll(() => calls.sort(), { timeout: 10_000 }).toEqual(['failing', 'failing', 'failing', 'sound', 'sound']);
  expect(sound.replays).toEqual([]);
  const [original, again] = await fixture.find(quietTopic, event.jobId);
  expect(again?.value).toEqual(original?.value);
  expect(again?.partition).toBe(original?.partition);
  expect(again?.headers).toMatchObject({
    ...original?.headers,
    'x-replay': `${replay.letterId} 1`,
    'x-replay-group': failing.group,
  });
});

test('a message that fails again says which replay it was', async () => {
  const event = jobProgressed();
  const { group, replays } = await consume(async ({ jobId }) => {
    if (jobId === event.jobId) throw new StreamflixError('INTERNAL_ERROR');
  });
  await bus.publish([toMessage(quietTopic, event)]);
  const letter = await letterOf(event.jobId, group);
  const replay = { letterId: crypto.randomUUID(), number: 2, group };
  await bus.replay({ ...letter, replay });
  await expect.poll(() => lettersOf(event.jobId, group).map((each) => each.replay), { timeout: 20_000 }).toEqual([null, replay]);
  expect(lettersOf(event.jobId, group)[1]?.firstSeen).toEqual(letter.firstSeen);
  expect(replays).toEqual([]);
});

/** A schema of ours under another subject, unlike any that was registered before. */
async function register(): Promise<number> {
  const subject = `test-${crypto.randomUUID()}-value`;
  const schema = JSON.stringify({ ...eventSchemas.JobProgressed, doc: subject });
  const answer = await fetch(`${fixture.config.registryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  return ((await answer.json()) as { id: number }).id;
}

test('an event written before its schema was registered is handled when it comes again, though the miss is still remembered', async () => {
  const event = jobProgressed();
  const schemaId = (await register()) + 1;
  const header = Buffer.alloc(5);
  header.writeInt32BE(schemaId, 1);
  const type = avsc.Type.forSchema(structuredClone(eventSchemas.JobProgressed) as unknown as avsc.Schema);
  const handled: string[] = [];
  const { group, replays } = await consume(async ({ jobId }) => void handled.push(jobId));
  await fixture.writeRaw(quietTopic, { key: event.jobId, value: Buffer.concat([header, type.toBuffer(event)]) });
  const letter = await letterOf(event.jobId, group);
  expect(letter.code).toBe('MESSAGE_UNDECODABLE');
  await expect(bus.decode(quietTopic, letter.value)).rejects.toMatchObject({ code: 'MESSAGE_UNDECODABLE' });
  expect(await register()).toBe(schemaId);
  await bus.replay({ ...letter, replay: { letterId: crypto.randomUUID(), number: 1, group } });
  await expect.poll(() => handled, { timeout: 10_000 }).toEqual([event.jobId]);
  await expect.poll(() => replays).toHaveLength(1);
});
