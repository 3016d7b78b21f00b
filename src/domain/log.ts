/**
 * The little of a logger that the parts use, so that they depend on no logging library. What agents, kinds and tools
 * get adds the run's correlation id to each line by itself.
 */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
