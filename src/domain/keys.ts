import { fromResourcePath, toResourcePath, type ResourceKey } from './identity.ts';

/**
 * The names of all keys in etcd, below one root. Checks from outside rely on them: never spell a key anywhere else.
 * `…Prefix` is what all of a sort are below, `…In` those of a tenant, if one is given, `…Of` those of a resource. `root`
 * has no trailing slash.
 */
export function createKeys(root: string) {
  return {
    root,
    desired: (key: ResourceKey) => `${root}/desired/${toResourcePath(key)}`,
    desiredPrefix: `${root}/desired/`,
    desiredIn: (tenant?: string, kind?: string) => `${root}/desired/${below(tenant, kind)}`,
    actual: (key: ResourceKey) => `${root}/actual/${toResourcePath(key)}`,
    actualPrefix: `${root}/actual/`,
    actualIn: (tenant?: string, kind?: string) => `${root}/actual/${below(tenant, kind)}`,
    kind: (kind: string) => `${root}/kinds/${kind}`,
    kindsPrefix: `${root}/kinds/`,
    agent: (agent: string) => `${root}/agents/${agent}`,
    agentsPrefix: `${root}/agents/`,
    approval: (tenant: string, seal: string) => `${root}/approvals/${tenant}/${seal}`,
    approvalsPrefix: `${root}/approvals/`,
    approvalsIn: (tenant?: string) => `${root}/approvals/${below(tenant)}`,
    ledger: (key: ResourceKey, seal: string, step: string) => `${root}/ledger/${toResourcePath(key)}/${seal}/${step}`,
    ledgerPrefix: `${root}/ledger/`,
    ledgerOf: (key: ResourceKey) => `${root}/ledger/${toResourcePath(key)}/`,
    audit: (key: ResourceKey, seq: number) => `${root}/audit/${toResourcePath(key)}/${String(seq).padStart(12, '0')}`,
    auditOf: (key: ResourceKey) => `${root}/audit/${toResourcePath(key)}/`,
    auditHead: (key: ResourceKey) => `${root}/audit-head/${toResourcePath(key)}`,
    auditHeadPrefix: `${root}/audit-head/`,
    host: (host: string) => `${root}/hosts/${host}`,
    hostsPrefix: `${root}/hosts/`,
    modelPlan: (tenant: string, identity: string) => `${root}/model-plans/${tenant}/${identity}`,
    modelPlansPrefix: `${root}/model-plans/`,
    modelUsage: (tenant: string, day: string) => `${root}/model-usage/${tenant}/${day}`,
    modelUsagePrefix: `${root}/model-usage/`,
    removal: (key: ResourceKey) => `${root}/removals/${toResourcePath(key)}`,
    freeze: (scope: string) => `${root}/freeze/${scope}`,
    freezePrefix: `${root}/freeze/`,
    incident: (key: ResourceKey, type: string) => `${root}/incidents/${toResourcePath(key)}/${type}`,
    incidentsOf: (key: ResourceKey) => `${root}/incidents/${toResourcePath(key)}/`,
    incidentsIn: (tenant?: string) => `${root}/incidents/${below(tenant)}`,
    blob: (tenant: string, digest: string) => `${root}/blobs/${tenant}/${digest}`,
  };
}

export type Keys = ReturnType<typeof createKeys>;

/** The resource a key below `desired/` or `actual/` belongs to, or undefined when the key is not well formed. */
export function fromStoreKey(storeKey: string, prefix: string): ResourceKey | undefined {
  return storeKey.startsWith(prefix) ? fromResourcePath(storeKey.slice(prefix.length)) : undefined;
}

/** Of a tenant, or of one kind in it; of all where neither is given. */
function below(tenant?: string, kind?: string): string {
  if (tenant === undefined) return '';
  return kind === undefined ? `${tenant}/` : `${tenant}/${kind}/`;
}
