import { descendantsOf, readAllStats, readMemory } from '../bench/process-stat.ts';
import type { RunningPlatform } from '../bench/running-platform.ts';

const lookEveryMs = 500;
/** An encode of a short clip must not begin and end between two looks. */
const lookAtToolsEveryMs = 100;

/** Looks at the memory of each process of the platform until it is stopped. */
export function sampleMemory(platform: RunningPlatform, names: readonly string[]): () => Map<string, number[]> {
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  const timer = setInterval(() => {
    for (const [name, seen] of samples) {
      const memory = readMemory(platform.pidOf(name) ?? 0);
      if (memory !== undefined) seen.push(memory.residentBytes);
    }
  }, lookEveryMs);
  return () => {
    clearInterval(timer);
    return samples;
  };
}

/** Looks at every ffmpeg below a process until it is stopped; then gives the most that one of them had in memory. */
export function watchFfmpeg(platform: RunningPlatform, name: string): () => number {
  let peakBytes = 0;
  const timer = setInterval(() => {
    const all = readAllStats();
    const below = new Set(descendantsOf(all, [platform.pidOf(name) ?? 0]));
    for (const { pid } of all.filter((stat) => below.has(stat.pid) && stat.name === 'ffmpeg'))
      peakBytes = Math.max(peakBytes, readMemory(pid)?.peakBytes ?? 0);
  }, lookAtToolsEveryMs);
  return () => {
    clearInterval(timer);
    return peakBytes;
  };
}
