import { setTimeout as sleep } from 'node:timers/promises';
import type { ActualRecord } from '../../src/domain/actual.ts';
import { emptyAuditHead, toAuditRecord, type AuditHead } from '../../src/domain/audit.ts';
import type { ResourceKey } from '../../src/domain/identity.ts';
import type { TestServers } from '../../test/support/test-servers.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { stillKind } from './agent.ts';
import { desiredValue, keyOf } from './settlements.ts';

const spec = { size: 1 };
/** Each has three keys besides its desired one; etcd takes 128 writes at once. */
const seededAtOnce = 40;

/**
 * Writes a fleet of settled resources as real runs leave them: `model` is such a run's record, brought about by a runtime.
 * Must be called while no runtime watches.
 */
export async function seedFleet(servers: TestServers, model: FleetModel, count: number): Promise<void> {
  const { store, keys } = servers.state;
  for (let from = 0; from < count; from += seededAtOnce) {
    const fleet = Array.from({ length: Math.min(seededAtOnce, count - from) }, (_, index) =>
      keyOf(`still-${from + index}`, stillKind),
    );
    const { revision } = await store.commit(
      [],
      fleet.map((key) => ({ type: 'put', key: keys.desired(key), value: desiredValue(key, spec) })),
    );
    await store.commit(
      [],
      fleet.flatMap((key) => toRecords(servers, model, key, revision)),
    );
  }
}

export interface FleetModel {
  readonly actual: ActualRecord;
  readonly audit: Parameters<typeof toAuditRecord>[3];
}

/** Has the runtime that is there converge one resource, and reads what it wrote. */
export async function makeModel({ state }: TestServers): Promise<FleetModel> {
  const key = keyOf('model', stillKind);
  await state.store.commit([], [{ type: 'put', key: state.keys.desired(key), value: desiredValue(key, spec) }]);
  const actual = await waitFor('the model of the fleet', async () => {
    const record = (await state.resources.read(key)).actual?.record;
    return record?.status.state === 'Running' ? record : undefined;
  });
  const [record] = await state.audit.list(key);
  const { type, workflowId, runId, detail } = record!;
  // Its run ends a moment later.
  await sleep(500);
  return { actual, audit: { type, workflowId, runId, detail } };
}

function toRecords({ keys }: TestServers, { actual, audit }: FleetModel, key: ResourceKey, revision: number) {
  const record = toAuditRecord(emptyAuditHead, key, new Date().toISOString(), audit);
  const head: AuditHead = { seq: record.seq, hash: record.hash };
  const settled: ActualRecord = {
    ...actual,
    metadata: { name: key.name, tenant: key.tenant },
    id: String(revision),
    status: { ...actual.status, settledRevision: revision },
  };
  const put = (storeKey: string, value: object) =>
    ({ type: 'put', key: storeKey, value: JSON.stringify(value) }) as const;
  return [put(keys.actual(key), settled), put(keys.audit(key, record.seq), record), put(keys.auditHead(key), head)];
}
