import { deadLetterRetentionMs, deadLetterTopicOf, topicNames, topics } from '@streamflix/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { setUpTopicsAndSchemas } from './set-up.ts';
import { BusFixture } from './testkit/bus-fixture.ts';

const fixture = new BusFixture();
beforeAll(() => fixture.open());
afterAll(() => fixture.close());

test('set-up may run twice, and two at once', async () => {
  const logger = createTestLogger();
  await Promise.all([setUpTopicsAndSchemas(fixture.config, logger), setUpTopicsAndSchemas(fixture.config, logger)]);
  await setUpTopicsAndSchemas(fixture.config, logger);
});

test.each(topicNames)(
  '%s and its dead letters have their partitions and retention, its schema its compatibility',
  async (topic) => {
    const [own, deadLetters] = await Promise.all([topic, deadLetterTopicOf(topic)].map((name) => fixture.describeTopic(name)));
    expect(own).toMatchObject({
      partitions: topics[topic].partitions,
      settings: { 'retention.ms': String(topics[topic].retentionMs) },
    });
    expect(deadLetters).toMatchObject({
      partitions: topics[topic].partitions,
      settings: { 'retention.ms': String(deadLetterRetentionMs) },
    });
    const { registryUrl } = fixture.config;
    const config = await (await fetch(`${registryUrl}/config/${topic}-value`)).json();
    expect(config).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' });
    const latest = (await (await fetch(`${registryUrl}/subjects/${topic}-value/versions/latest`)).json()) as { schema: string };
    expect(JSON.parse(latest.schema)).toMatchObject({ name: topics[topic].event });
  },
);
