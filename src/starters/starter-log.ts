/** The little of a logger that starters use, so that they depend on no logging library. */
export interface StarterLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
