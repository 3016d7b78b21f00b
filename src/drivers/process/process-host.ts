import type { CgroupLimits } from './cgroup-limits.ts';
import type { HostProcesses } from './host-processes.ts';
import type { ImageStore } from './image-store.ts';
import type { ProcessIdentity } from './instance-state.ts';
import type { RunExits } from './run-exits.ts';

/** The points of an effect at which a test may let time stand still or its own process die. */
export type Milestone =
  | { readonly type: 'begun' | 'unpacked' | 'group-ended' | 'order-sent' | 'linked' | 'files-written' | 'committed' }
  | { readonly type: 'launcher-spawned'; readonly pid: number };

/** What all effects of the driver work with: this host, and what this runtime remembers of it. */
export interface ProcessHost {
  readonly processes: HostProcesses;
  readonly bootId: string;
  /** This runtime's own process. */
  readonly self: ProcessIdentity;
  readonly images: ImageStore;
  readonly exits: RunExits;
  readonly limits: CgroupLimits;
  readonly environment: NodeJS.ProcessEnv;
  readonly reach: (milestone: Milestone) => Promise<void>;
}
