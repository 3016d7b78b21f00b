/** The package's front door for modules of isolated tools: what they write with, and little to load for each call. */
export { HomeostatError, type FailureCode, type FailureDetails } from './domain/failure.ts';
export type { ResourceKey } from './domain/identity.ts';
export type { Log } from './domain/log.ts';
export type { ToolContext } from './tools/tool.ts';
