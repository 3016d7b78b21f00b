import { LifecycleState, type ActualStatus } from '../domain/actual.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { apiVersion } from '../domain/resource.ts';
import type { ResourceSnapshot } from '../state/resources.ts';

/** A resource as it is shown: what a person wrote, with the outputs. Written back, the outputs say nothing. */
export interface ShownResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string; readonly tenant: string };
  readonly spec: JsonValue;
  readonly status: ShownStatus;
}

/** Before anything was recorded there is the state alone. */
export type ShownStatus = Pick<ActualStatus, 'state'> & Partial<ActualStatus>;

/**
 * Joins both halves. The key has the last word on kind, name and tenant; where nothing is desired any more, what was
 * last applied is shown.
 */
export function toShownResource({ key, desired, actual }: ResourceSnapshot): ShownResource {
  const value = isJsonObject(desired?.value) ? desired.value : {};
  const metadata = isJsonObject(value.metadata) ? value.metadata : {};
  const applied = actual?.record.lastApplied;
  return {
    apiVersion: typeof value.apiVersion === 'string' ? value.apiVersion : apiVersion,
    kind: key.kind,
    metadata: {
      ...(desired === undefined && applied !== undefined
        ? { labels: applied.labels, dependsOn: applied.dependsOn }
        : metadata),
      name: key.name,
      tenant: key.tenant,
      ...toOutputs(desired, actual),
    },
    spec: (desired === undefined ? applied?.spec : value.spec) ?? {},
    status: actual?.record.status ?? { state: LifecycleState.Pending },
  };
}

function toOutputs(desired: ResourceSnapshot['desired'], actual: ResourceSnapshot['actual']): JsonObject {
  if (desired !== undefined) return { id: String(desired.createRevision), version: desired.modRevision };
  return actual === undefined ? {} : { id: actual.record.id };
}
