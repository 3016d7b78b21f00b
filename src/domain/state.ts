import type { ResourceKey } from './identity.ts';

/** One side of a resource as an agent sees it: desired (no status) or actual (last applied spec, observed status). */
export interface State<Spec = unknown, Status = unknown> {
  readonly resource: ResourceKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Spec;
  readonly status?: Status;
}
