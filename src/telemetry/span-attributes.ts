import type { Attributes } from '@opentelemetry/api';
import { toReconcileWorkflowId, type ResourceKey } from '../domain/identity.ts';

/** Which resource a span is about. The run's workflow id is the correlation id, as in log lines and audit records. */
export function toResourceAttributes(resource: ResourceKey): Attributes {
  return {
    'homeostat.tenant': resource.tenant,
    'homeostat.kind': resource.kind,
    'homeostat.name': resource.name,
    'homeostat.run': toReconcileWorkflowId(resource),
  };
}
