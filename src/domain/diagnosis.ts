import { digestOf } from './canonical.ts';
import type { ResourceKey } from './identity.ts';
import type { ModelChoice } from './model-route.ts';
import type { ModelUsage } from './model-usage.ts';

/**
 * What may be found in evidence, and taken for a cause. A closed list: these words, and nothing that a log says, go on
 * from the model that reads evidence to the one that plans.
 */
export const findings = {
  process_gone: 'its process is gone',
  crash_loop: 'it starts and ends again and again',
  not_answering: 'it runs and does not answer',
  slow: 'it answers slowly',
  wrong_configuration: 'its configuration is wrong',
  missing_file: 'a file it needs is not there',
  permission_denied: 'it may not read or write what it must',
  port_taken: 'another program has its port',
  disk_full: 'there is no space left where it writes',
  out_of_memory: 'it has too little memory, or uses ever more',
  busy_processor: 'it uses all the processor time it gets',
  too_many_connections: 'it has no connections left',
  dependency_down: 'something it depends on does not answer',
  name_not_resolved: 'a name it asks for is not known',
  network_unreachable: 'the network does not carry it there',
  certificate_invalid: 'a certificate has expired or does not fit',
  credentials_refused: 'what it logs in with is refused',
  data_damaged: 'its data cannot be read',
  replica_behind: 'a replica is behind, or has stopped following',
  changed_by_hand: 'somebody changed it behind our back',
  bad_release: 'it fails since it was changed',
} as const;

export type Finding = keyof typeof findings;
export type Cause = Finding | 'unknown';

export const confidences = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof confidences)[number];

/** One thing that was found, and the ids of the evidence that shows it. */
export interface Statement {
  readonly finding: Finding;
  readonly cites: readonly string[];
}

/** All of a diagnosis that leaves the model which read the evidence: words of ours, names of ours, ids. */
export interface DiagnosisFields {
  readonly statements: readonly Statement[];
  readonly cause: Cause;
  /** `Kind/name` where the cause is: the resource itself or one it depends on. */
  readonly component: string;
  readonly confidence: Confidence;
}

/** What a model without tools is asked first: what the evidence shows. Kept as a blob, as all questions. */
export interface DiagnosisQuestion {
  readonly format: 1;
  readonly asks: 'diagnosis';
  readonly resource: ResourceKey;
  readonly agent: string;
  readonly issue: string;
  /** Digest of the items of evidence among the blobs. */
  readonly evidence: string;
  /** `Kind/name` of what may be at fault, the resource itself first. */
  readonly components: readonly string[];
  /** Causes that were taken in this incident, and whose repair did not help. */
  readonly ruledOut: readonly Cause[];
}

/** What the model found, checked; kept as a blob too. */
export interface DiagnosisAnswer {
  readonly format: 1;
  readonly identity: string;
  readonly choice: ModelChoice;
  readonly fields: DiagnosisFields;
  /** What a person should know of it, such as statements that were dropped. */
  readonly notes: readonly string[];
  readonly usage: ModelUsage;
}

/** What makes two questions the same. An answer belongs to one identity. */
export function diagnosisIdentity(question: DiagnosisQuestion): string {
  return digestOf(question);
}

/** A diagnosis in a line, for people. */
export function showDiagnosis({ cause, component, confidence }: DiagnosisFields): string {
  const meaning = cause === 'unknown' ? 'the evidence does not show why' : findings[cause];
  return `${component}: ${meaning} (${cause}, confidence ${confidence})`;
}
