/** Finds, starts, stops and looks after Temporal and etcd. The only file of this folder that others import. */
export { acquireLock } from './exclusive-lock.ts';
export type { HeldLock, LockHolder } from './exclusive-lock.ts';
export { findBinary } from './find-binary.ts';
export { defaultCacheDir } from './platform.ts';
export { isRunning, ownIdentity } from './process-identity.ts';
export type { ProcessIdentity } from './process-identity.ts';
export type { ProgressEvent, ProgressReport } from './progress.ts';
export { createProgressPrinter } from './progress-lines.ts';
export { serverStatus } from './server-status.ts';
export { ServersError } from './servers-error.ts';
export { startServers } from './start-servers.ts';
export { stopServers } from './stop-servers.ts';
export type {
  BinaryName,
  FoundBinary,
  RunningServers,
  ServerStatus,
  ServersOptions,
  StopOptions,
  StoppedServer,
} from './types.ts';
