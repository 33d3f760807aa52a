/**
 * Loaded before a process (`node --import`): its calendar goes wrong by as many milliseconds as the file CLOCK_SKEW_FILE says, as a
 * machine's does whose time service fails. Timers and the monotonic clock go right, as they do there.
 */
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_SKEW_FILE ?? '';
const lookEveryMs = 500;
let skewMs = 0;

function look(): void {
  try {
    skewMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    skewMs = 0;
  }
}

look();
setInterval(look, lookEveryMs).unref();

const RightDate = Date;
globalThis.Date = new Proxy(RightDate, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RightDate.now() + skewMs] : args, newTarget),
  apply: () => new Date().toString(),
  get: (target, property, receiver) =>
    property === 'now' ? () => RightDate.now() + skewMs : Reflect.get(target, property, receiver),
});
