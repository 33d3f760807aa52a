export { connectLocks, type Lock, type Locks } from './locks.ts';
