export { type Cache, connectCache } from './cache.ts';
