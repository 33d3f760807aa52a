import { spawn } from 'node:child_process';
import type { VideoRendition } from '@streamflix/contracts';
import { withOurSettings } from './shaka-settings.ts';

/** Stands in Shaka Streamer's path for ffmpeg: the real one with the settings of the plan. */
const { BENCH_FFMPEG = '', BENCH_RUNG = '' } = process.env;
const rung = JSON.parse(BENCH_RUNG) as VideoRendition;
const child = spawn(BENCH_FFMPEG, withOurSettings(process.argv.slice(2), rung), { stdio: 'inherit' });
process.once('SIGTERM', () => child.kill('SIGTERM'));
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
