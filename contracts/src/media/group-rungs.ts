import { framesPerSecond } from './frame-grid.ts';
import type { VideoRendition } from './plan.ts';

type Cost = Pick<VideoRendition, 'width' | 'height' | 'frameRate'>;

const costOf = ({ width, height, frameRate }: Cost): number => width * height * framesPerSecond(frameRate);
const sumOf = (renditions: readonly Cost[]): number => renditions.reduce((sum, rendition) => sum + costOf(rendition), 0);

const longestOf = (tasks: readonly (readonly Cost[])[]): number => Math.max(...tasks.map(sumOf));

/** The largest first, each to the task that has least. */
function divide<R extends Cost>(byCost: readonly R[], groups: number): R[][] {
  const tasks = Array.from({ length: groups }, (): R[] => []);
  for (const rendition of byCost) {
    const [lightest] = tasks.toSorted((a, b) => sumOf(a) - sumOf(b));
    lightest?.push(rendition);
  }
  return tasks;
}

/**
 * Divides the rungs of a chunk among tasks, evenly by cost. No more tasks than shorten the longest of them, which the largest rung alone
 * bounds: every further one would decode the source for nothing.
 */
export function groupRungs<R extends Cost>(renditions: readonly R[], groups: number): R[][] {
  const byCost = renditions.toSorted((a, b) => costOf(b) - costOf(a));
  if (byCost.length === 0) return [];
  let best = [byCost];
  for (let number = 2; number <= Math.min(groups, byCost.length); number += 1) {
    const division = divide(byCost, number);
    if (longestOf(division) < longestOf(best)) best = division;
  }
  return best;
}

/** Into how many tasks a chunk's rungs are divided: one decode serves all, unless there are twice as many idle slots as chunks. */
export const groupsFor = (chunks: number, idleSlots: number): number =>
  idleSlots >= 2 * chunks ? Math.floor(idleSlots / chunks) : 1;
