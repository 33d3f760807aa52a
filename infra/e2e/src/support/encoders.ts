import { readdirSync, readFileSync } from 'node:fs';

/** Pids of ffmpeg processes that work for this process: its scratch folder carries its pid. */
export function encodersOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return line.includes('ffmpeg') && line.includes(`/encode/${pid}/`);
      } catch (error) {
        // It ended while we looked.
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false;
        throw error;
      }
    })
    .map(Number);
}
