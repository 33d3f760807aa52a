export { findProbedSource, readLoad } from './read-load.ts';
export { readSituation } from './read-situation.ts';
export { readStats } from './read-stats.ts';
export { readUsage } from './read-usage.ts';
