/** What is known of a type of fault, as data: for planners, for people in the report, and for whoever brings alerts in. */
export interface IssueType {
  readonly type: string;
  readonly meaning: string;
  /** How it shows itself. */
  readonly detection: string;
  /** Sources among the evidence that usually tell why. */
  readonly evidence: readonly string[];
  /** What must hold for it to be over: the kind's own check of this type, in words. */
  readonly proof: string;
  /** What usually helps, the gentlest first; the agent's own tools do it. */
  readonly usualRepairs: readonly string[];
  /** Names of alerts that mean it, lower case. */
  readonly alerts: readonly string[];
}

/** The types of the reference, and more. One that is not listed is taken as it comes, with no usual repair. */
export const issueTypes: readonly IssueType[] = [
  {
    type: 'service_down',
    meaning: 'it does not answer, or has crashed',
    detection: 'its health check fails, or its process is gone',
    evidence: ['status', 'log', 'changes'],
    proof: 'its health check passes',
    usualRepairs: ['bring it to what is desired', 'restart it'],
    alerts: ['instancedown', 'servicedown', 'targetdown', 'probefailed'],
  },
  {
    type: 'disk_full',
    meaning: 'a disk is past its threshold',
    detection: 'little or no space is left where it writes',
    evidence: ['metrics', 'prometheus', 'log'],
    proof: 'there is room again where it writes',
    usualRepairs: ['clean logs', 'rotate them', 'grow the volume'],
    alerts: ['diskfull', 'nodefilesystemalmostoutofspace', 'nodefilesystemspacefillingup'],
  },
  {
    type: 'high_cpu',
    meaning: 'it uses much processor time for long',
    detection: 'its processor time stays near its limit',
    evidence: ['metrics', 'prometheus', 'changes'],
    proof: 'its processor time is below its threshold',
    usualRepairs: ['find what uses it', 'restart it', 'scale it up'],
    alerts: ['highcpu', 'cputhrottlinghigh'],
  },
  {
    type: 'high_memory',
    meaning: 'it uses ever more memory',
    detection: 'its memory grows towards its limit',
    evidence: ['metrics', 'prometheus', 'changes'],
    proof: 'its memory is below its threshold',
    usualRepairs: ['restart it', 'scale it up'],
    alerts: ['highmemory', 'memoryleak', 'containeroomkilled'],
  },
  {
    type: 'replication_lag',
    meaning: 'a replica is far behind',
    detection: 'the replica says how far',
    evidence: ['prometheus', 'log', 'changes'],
    proof: 'the replica has caught up',
    usualRepairs: ['restart replication', 'rebuild the replica'],
    alerts: ['replicationlag', 'mysqlreplicationlag', 'postgresreplicationlag'],
  },
  {
    type: 'connection_timeout',
    meaning: 'it cannot be connected to',
    detection: 'connections time out or are refused',
    evidence: ['log', 'status', 'changes'],
    proof: 'it can be connected to',
    usualRepairs: ['check who may connect', 'restart it'],
    alerts: ['connectiontimeout', 'connectionrefused'],
  },
  {
    type: 'resource_error',
    meaning: 'what is desired could not be brought about',
    detection: 'its run ended in Error',
    evidence: ['changes', 'status', 'log'],
    proof: 'it is as desired',
    usualRepairs: ['plan with what failed'],
    alerts: [],
  },
];

export function findIssueType(type: string): IssueType | undefined {
  return issueTypes.find((known) => known.type === type);
}

/** The type an alert of this name means: one that lists it, else its own name in our spelling. */
export function toIssueType(alertName: string): string {
  const name = alertName.toLowerCase();
  const known = issueTypes.find(({ alerts, type }) => alerts.includes(name) || type.replaceAll('_', '') === name);
  if (known !== undefined) return known.type;
  const own = alertName
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[^a-z]+|_+$/g, '')
    .slice(0, 63);
  return own === '' ? 'unknown' : own;
}
