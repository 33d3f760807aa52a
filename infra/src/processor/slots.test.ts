import { expect, it } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { Slots } from './slots.ts';

const media = (env: Record<string, string> = {}) =>
  loadConfig({
    ...{ KAFKA_BROKERS: 'k:1', SCHEMA_REGISTRY_URL: 'http://r', DATABASE_URL: 'postgres://d', REDIS_URL: 'redis://r' },
    ...env,
  }).media;

it('each slot has its share of the machine, and gives it back', () => {
  const slots = new Slots(media({ SLOT_AFFINITY: 'true', SLOT_MEMORY_BYTES: '1000000000' }), 2, 8);
  const [first, second] = [slots.take(), slots.take()];
  expect(first.media.slot).toEqual({ memoryBytes: 1e9, outputBytes: 20 * 1024 ** 3, threads: 8, cpuList: '0-3' });
  expect(second.media.slot?.cpuList).toBe('4-7');
  expect(() => slots.take()).toThrow(/without a free slot/);
  first.release();
  expect(slots.take().media.slot?.cpuList).toBe('0-3');
});

it('a number of threads that is set is that of every slot, and without affinity each may use all processors', () => {
  expect(new Slots(media({ SLOT_THREADS: '3' }), 2, 8).take().media.slot).toMatchObject({ threads: 3, cpuList: null });
});
