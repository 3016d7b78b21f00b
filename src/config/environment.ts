/**
 * The `HOMEOSTAT_*` variables and the field of `homeostat.yaml` each overrides. This room alone reads the environment.
 */
export const environmentFields: Readonly<Record<string, string>> = {
  HOMEOSTAT_DATA_DIR: 'dataDir',
  HOMEOSTAT_TEMPORAL_ADDRESS: 'temporal.address',
  HOMEOSTAT_TEMPORAL_NAMESPACE: 'temporal.namespace',
  HOMEOSTAT_TEMPORAL_API_KEY: 'temporal.apiKey',
  HOMEOSTAT_TEMPORAL_TLS: 'temporal.tls',
  HOMEOSTAT_TEMPORAL_UI_URL: 'temporal.uiUrl',
  HOMEOSTAT_TEMPORAL_BINARY: 'temporal.binary',
  HOMEOSTAT_TEMPORAL_PORT: 'temporal.port',
  HOMEOSTAT_TEMPORAL_UI_PORT: 'temporal.uiPort',
  HOMEOSTAT_ETCD_ENDPOINTS: 'etcd.endpoints',
  HOMEOSTAT_ETCD_ROOT: 'etcd.root',
  HOMEOSTAT_ETCD_USERNAME: 'etcd.username',
  HOMEOSTAT_ETCD_PASSWORD: 'etcd.password',
  HOMEOSTAT_ETCD_CA_FILE: 'etcd.caFile',
  HOMEOSTAT_ETCD_CERT_FILE: 'etcd.certFile',
  HOMEOSTAT_ETCD_KEY_FILE: 'etcd.keyFile',
  HOMEOSTAT_ETCD_BINARY: 'etcd.binary',
  HOMEOSTAT_ETCD_PORT: 'etcd.port',
  HOMEOSTAT_MIRROR: 'mirror',
  HOMEOSTAT_ROLES: 'runtime.roles',
  HOMEOSTAT_HOST: 'runtime.host',
  HOMEOSTAT_HEALTH_HOST: 'runtime.healthHost',
  HOMEOSTAT_HEALTH_PORT: 'runtime.healthPort',
  HOMEOSTAT_CONCURRENT_ACTIVITIES: 'runtime.concurrentActivities',
  HOMEOSTAT_CONCURRENT_WORKFLOW_TASKS: 'runtime.concurrentWorkflowTasks',
  HOMEOSTAT_TOOLS_PER_SECOND: 'runtime.toolsPerSecond',
  HOMEOSTAT_SHUTDOWN_GRACE: 'runtime.shutdownGrace',
  HOMEOSTAT_SHUTDOWN_FORCE: 'runtime.shutdownForce',
  HOMEOSTAT_APPROVALS_EXPIRE_AFTER: 'approvals.expireAfter',
  HOMEOSTAT_RETRY_FIRST: 'retry.first',
  HOMEOSTAT_RETRY_LONGEST: 'retry.longest',
  HOMEOSTAT_MODE: 'mode.default',
  HOMEOSTAT_SWEEP_EVERY: 'sweep.every',
  HOMEOSTAT_TELEMETRY_TRACES: 'telemetry.traces',
  HOMEOSTAT_LOG_LEVEL: 'log.level',
};

/** Variables that are ours but no configuration: secrets by name, the config file's place, the cache, the tests. */
export function isOtherVariable(name: string): boolean {
  return (
    name.startsWith('HOMEOSTAT_SECRET_') ||
    name.startsWith('HOMEOSTAT_TEST_') ||
    ['HOMEOSTAT_CONFIG', 'HOMEOSTAT_CACHE_DIR', 'HOMEOSTAT_RESOURCE', 'HOMEOSTAT_KEY'].includes(name)
  );
}
