import { digestOf } from './canonical.ts';
import { findings, type Cause, type Finding } from './findings.ts';
import type { ResourceKey } from './identity.ts';
import type { ModelChoice } from './model-route.ts';
import type { ModelUsage } from './model-usage.ts';

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
