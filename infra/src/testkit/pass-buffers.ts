import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { letHeapDouble } from '../processor/heap-growth.ts';

/** A process with much at rest lets 800 MB pass through in buffers, as a download does, and prints how often V8 went through all of its heap. */
const chunks = 12_800;
const chunkBytes = 65_536;

let collections = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if ('detail' in entry && (entry.detail as { kind?: number }).kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections += 1;
  }
}).observe({ entryTypes: ['gc'] });

if (process.argv[2] === 'doubling') letHeapDouble();

const atRest: unknown[] = [];
for (let index = 0; index < 400_000; index += 1) {
  atRest.push({ index, text: `at rest ${index}` });
  if (index % 10_000 === 0) await turn();
}
globalThis.gc?.();
await sleep(500);
collections = 0;

const inFlight: unknown[] = [];
for (let index = 0; index < chunks; index += 1) {
  inFlight.push({ chunk: Buffer.allocUnsafeSlow(chunkBytes), around: Array.from({ length: 20 }, (_, each) => ({ each })) });
  if (inFlight.length > 64) inFlight.shift();
  await turn();
}
await sleep(50);
process.stdout.write(`${JSON.stringify({ collections, atRest: atRest.length })}\n`);
