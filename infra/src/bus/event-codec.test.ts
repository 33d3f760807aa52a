import { eventSchemas, StreamflixError } from '@streamflix/contracts';
import avsc from 'avsc';
import { expect, test } from 'vitest';
import { EventCodec } from './event-codec.ts';
import { jobCreated, videoUploaded } from './testkit/sample-events.ts';

const compile = (schema: object): avsc.Type => avsc.Type.forSchema(structuredClone(schema) as avsc.Schema);

/** A registry of the given schemas by id; ours has id 1. */
function codecWith(writers: Record<number, object>) {
  let lookups = 0;
  const codec = new EventCodec({
    ownIdOf: async () => 1,
    writerTypeOf: async (id) => {
      lookups += 1;
      const schema = writers[id];
      if (schema === undefined) throw new StreamflixError('MESSAGE_UNDECODABLE');
      return compile(schema);
    },
  });
  return { codec, lookups: () => lookups };
}

const written = (id: number, schema: object, value: object): Buffer => {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return Buffer.concat([header, compile(schema).toBuffer(value)]);
};

test('an event comes back as it went, and its writer is looked up once', async () => {
  const { codec, lookups } = codecWith({ 1: eventSchemas.JobCreated });
  const event = jobCreated();
  const bytes = await codec.encode('job.created', event);
  expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, 1]);
  for (let round = 0; round < 3; round += 1) expect({ ...(await codec.decode('job.created', bytes)) }).toEqual(event);
  expect(lookups()).toBe(1);
});

test('fields that an older writer did not know have their defaults, and those of a newer one are left out', async () => {
  const known = eventSchemas.VideoUploaded.fields.filter(({ name }) => name !== 'metadata' && name !== 'priority');
  const other = { ...eventSchemas.VideoUploaded, fields: [...known, { name: 'later', type: 'string' }] };
  const { codec } = codecWith({ 5: other });
  const { metadata: _metadata, priority: _priority, ...event } = videoUploaded();
  const decoded = await codec.decode('video.uploaded', written(5, other, { ...event, later: 'x' }));
  expect({ ...decoded }).toEqual({ ...event, metadata: {}, priority: 5 });
});

test.each([
  ['no bytes', null],
  ['too few bytes', Buffer.from([0, 0, 0])],
  ['another magic byte', Buffer.from([1, 0, 0, 0, 1, 2, 3])],
  ['a schema nobody knows', Buffer.from([0, 0, 0, 0, 9, 2, 3])],
  ['a schema of another event', written(2, eventSchemas.VideoUploaded, videoUploaded())],
  ['Avro bytes that end too early', written(1, eventSchemas.JobCreated, jobCreated()).subarray(0, 40)],
  ['Avro bytes with something behind them', Buffer.concat([written(1, eventSchemas.JobCreated, jobCreated()), Buffer.from('x')])],
])('%s are undecodable', async (_, bytes) => {
  const { codec } = codecWith({ 1: eventSchemas.JobCreated, 2: eventSchemas.VideoUploaded });
  await expect(codec.decode('job.created', bytes)).rejects.toMatchObject({ code: 'MESSAGE_UNDECODABLE' });
});

test('what does not fit the schema is not encoded', async () => {
  const { codec } = codecWith({});
  await expect(codec.encode('job.created', { jobId: 3 })).rejects.toMatchObject({ code: 'EVENT_INVALID' });
});
