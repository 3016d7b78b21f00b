import type { InstanceState } from './instance-state.ts';

/**
 * What the driver hands the launcher: the state that says "this very process is the instance", to be appended before
 * the program runs, and the program.
 */
export interface LaunchOrder {
  readonly statesFolder: string;
  /** Complete but for `run.limitsEnforced`, which is what joining the cgroup shows. */
  readonly state: InstanceState;
  /** File that a process writes itself into to be limited. */
  readonly cgroupFile?: string;
  readonly executable: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** `linked`: the process is the instance now, and turns into its program next. `lost`: somebody else moved first. */
export type LaunchReport =
  | { readonly type: 'linked'; readonly limitsEnforced: boolean }
  | { readonly type: 'lost' }
  | { readonly type: 'failed'; readonly problem: string };
