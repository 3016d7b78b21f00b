import { fromResourcePath, toResourcePath, type ResourceKey } from './identity.ts';

/**
 * The names of all keys in etcd, below one root. Checks from outside rely on them: never spell a key anywhere else.
 * `root` has no trailing slash.
 */
export function createKeys(root: string) {
  return {
    root,
    desired: (key: ResourceKey) => `${root}/desired/${toResourcePath(key)}`,
    actual: (key: ResourceKey) => `${root}/actual/${toResourcePath(key)}`,
    desiredPrefix: `${root}/desired/`,
    actualPrefix: `${root}/actual/`,
    kind: (kind: string) => `${root}/kinds/${kind}`,
    kindsPrefix: `${root}/kinds/`,
    agent: (agent: string) => `${root}/agents/${agent}`,
    agentsPrefix: `${root}/agents/`,
    approval: (tenant: string, seal: string) => `${root}/approvals/${tenant}/${seal}`,
    approvalsPrefix: (tenant: string) => `${root}/approvals/${tenant}/`,
    allApprovalsPrefix: `${root}/approvals/`,
    ledger: (key: ResourceKey, seal: string, step: string) => `${root}/ledger/${toResourcePath(key)}/${seal}/${step}`,
    ledgerPrefix: (key: ResourceKey) => `${root}/ledger/${toResourcePath(key)}/`,
    ledgersPrefix: `${root}/ledger/`,
    audit: (key: ResourceKey, seq: number) => `${root}/audit/${toResourcePath(key)}/${String(seq).padStart(12, '0')}`,
    auditPrefix: (key: ResourceKey) => `${root}/audit/${toResourcePath(key)}/`,
    auditHead: (key: ResourceKey) => `${root}/audit-head/${toResourcePath(key)}`,
    auditHeadsPrefix: `${root}/audit-head/`,
    host: (host: string) => `${root}/hosts/${host}`,
    hostsPrefix: `${root}/hosts/`,
    modelPlansPrefix: `${root}/model-plans/`,
    modelPlan: (tenant: string, identity: string) => `${root}/model-plans/${tenant}/${identity}`,
    modelUsagePrefix: `${root}/model-usage/`,
    modelUsage: (tenant: string, day: string) => `${root}/model-usage/${tenant}/${day}`,
    removal: (key: ResourceKey) => `${root}/removals/${toResourcePath(key)}`,
    freeze: (scope: string) => `${root}/freeze/${scope}`,
    freezePrefix: `${root}/freeze/`,
    incident: (key: ResourceKey, type: string) => `${root}/incidents/${toResourcePath(key)}/${type}`,
    incidentsOf: (key: ResourceKey) => `${root}/incidents/${toResourcePath(key)}/`,
    incidentsPrefix: (tenant: string) => `${root}/incidents/${tenant}/`,
    blob: (tenant: string, digest: string) => `${root}/blobs/${tenant}/${digest}`,
  };
}

export type Keys = ReturnType<typeof createKeys>;

/** The resource a key below `desired/` or `actual/` belongs to, or undefined when the key is not well formed. */
export function fromStoreKey(storeKey: string, prefix: string): ResourceKey | undefined {
  return storeKey.startsWith(prefix) ? fromResourcePath(storeKey.slice(prefix.length)) : undefined;
}
