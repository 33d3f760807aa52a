export { letHeapDouble } from './heap-growth.ts';
export { runMain } from './main.ts';
export { closePlatform, connectPlatform, type Platform } from './platform.ts';
export { ReceiverCircuits } from './receiver-circuits.ts';
export { runService, type ServiceOptions } from './run-service.ts';
export type { TaskContext, Work, WorkOutcome } from './run-task.ts';
export { encodeSlots, slotsOf } from './slots.ts';
export { WorkerPool } from './worker-pool.ts';
