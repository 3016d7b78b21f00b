/**
 * Finds, starts, stops and looks after Temporal and etcd. The only file of this folder that others import, but for
 * `process-identity.ts`, which costs every command that asks no more than it must.
 */
export { acquireLock } from './exclusive-lock.ts';
export type { HeldLock } from './exclusive-lock.ts';
export { findBinary } from './find-binary.ts';
export { keepServers } from './keep-servers.ts';
export type { KeptServers } from './keep-servers.ts';
export type { ProgressEvent, ProgressReport } from './progress.ts';
export { findFreePort } from './ports.ts';
export { ownIdentity } from './process-identity.ts';
export { createProgressPrinter } from './progress-lines.ts';
export type { LineSink } from './progress-lines.ts';
export { serverStatus } from './server-status.ts';
export { ServersError } from './servers-error.ts';
export { startServers } from './start-servers.ts';
export { stopServers } from './stop-servers.ts';
export type { BinaryName, RunningServers, ServersOptions } from './types.ts';
