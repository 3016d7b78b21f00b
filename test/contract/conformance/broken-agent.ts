import type { ConformanceCheck, ConformanceOptions } from '../../../src/testing.ts';
import type { NoteAgentChange } from './note-agent.ts';
import type { NoteBoard } from './note-board.ts';

/** An agent that breaks one part of the contract, and what its author is told. */
export interface BrokenAgent {
  readonly check: ConformanceCheck;
  /** What is wrong with it. */
  readonly reason: string;
  change?(board: NoteBoard): NoteAgentChange;
  readonly options?: ConformanceOptions;
  /** Part of what the author is told. */
  readonly says: string;
}
