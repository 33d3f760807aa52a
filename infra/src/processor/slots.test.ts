import { expect, it } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { encodeSlots, Slots, slotsOf } from './slots.ts';

const config = (env: Record<string, string> = {}) =>
  loadConfig({
    ...{ KAFKA_BROKERS: 'k:1', SCHEMA_REGISTRY_URL: 'http://r', DATABASE_URL: 'postgres://d', REDIS_URL: 'redis://r' },
    ...env,
  });
const media = (env?: Record<string, string>) => config(env).media;
const gibibyte = 1024 ** 3;

it.each([
  ['one more than processors', 2, 64, 3],
  ['no more than there is memory for', 16, 16, 4],
  ['two on a small machine', 1, 2, 2],
])('a worker that encodes has %s', (_, cpus, gibibytes, slots) => {
  expect(encodeSlots(config(), cpus, gibibytes * gibibyte)).toBe(slots);
});

it('a number of slots that is set is that of every worker, else those that do not encode have two', () => {
  expect([encodeSlots(config({ SLOTS: '7' }), 1, gibibyte), slotsOf(config({ SLOTS: '7' }))]).toEqual([7, 7]);
  expect(slotsOf(config())).toBe(2);
});

it('each slot has its share of the machine, and gives it back', () => {
  const slots = new Slots(media({ SLOT_AFFINITY: 'true', SLOT_MEMORY_BYTES: '1000000000' }), 2, 8);
  const [first, second] = [slots.take(), slots.take()];
  expect(first.media.slot).toEqual({ memoryBytes: 1e9, outputBytes: 20 * 1024 ** 3, threads: 4, cpuList: '0-3' });
  expect(second.media.slot?.cpuList).toBe('4-7');
  expect(() => slots.take()).toThrow(/without a free slot/);
  first.release();
  expect(slots.take().media.slot?.cpuList).toBe('0-3');
});

it('a number of threads that is set is that of every slot, and without affinity each may use all processors', () => {
  expect(new Slots(media({ SLOT_THREADS: '3' }), 2, 8).take().media.slot).toMatchObject({ threads: 3, cpuList: null });
});
