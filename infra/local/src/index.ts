export { type FaultProxy, startFaultProxy, type Toxic } from './fault-proxy.ts';
export { findRootPrefix, installPackages } from './install/apt.ts';
export { installLoadTester } from './install/go.ts';
export { catchInterrupts, Interrupted } from './interrupt.ts';
export { type KafkaCluster, startKafkaCluster } from './kafka-cluster.ts';
export {
  openStack,
  readStackEnv,
  type ServerStatus,
  type StartOptions,
  stackStatus,
  startServer,
  startStack,
  stopServer,
  stopStack,
} from './local-stack.ts';
export { findFreePorts } from './ports.ts';
export { type PostgresReplica, startPostgresReplica } from './postgres-replica.ts';
export { findOnPath } from './run-command.ts';
export { runSetup } from './run-setup.ts';
export type { ServerName } from './server-process.ts';
export { endpointKeys, type StackEnv } from './stack-env.ts';
export { type ProcessName, processNames, type SuperviseOptions, type Supervisor, supervise } from './supervise.ts';
