import type { ResourceKey } from './identity.ts';
import { oneOf, readMessage, textLike, textOf, type MessageShape, type ReadMessage } from './message-shape.ts';
import type { ModelName } from './model-route.ts';
import type { ExecutionPlan, SealedStep } from './plan.ts';
import type { SealContent } from './sealed-plan.ts';

/** What a person said about a sealed plan. */
export interface Decision {
  readonly verdict: 'approved' | 'rejected';
  readonly seal: string;
  /** `unverified:<name>` while approvals are unsigned. */
  readonly approver: string;
  readonly reason?: string;
  /** ISO 8601, workflow time. */
  readonly decidedAt: string;
}

/** The value of `approvals/<tenant>/<seal>`. */
export interface ApprovalRequest {
  readonly seal: string;
  readonly content: SealContent;
  readonly resource: ResourceKey;
  readonly workflowId: string;
  readonly plan: ExecutionPlan<SealedStep>;
  /** The model that planned it; absent: rules did. No part of the seal. */
  readonly plannedBy?: ModelName;
  /** `unknown` for a raw put. */
  readonly requester: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly state: 'pending' | 'approved' | 'rejected' | 'expired' | 'superseded';
  readonly decision?: Decision;
}

/** Payload of the signals `approve` and `reject`. */
export interface DecisionSignal {
  readonly seal: string;
  readonly approver: string;
  readonly reason?: string;
}

/** Payload of the update `decide`. */
export interface DecisionPayload extends DecisionSignal {
  readonly verdict: Decision['verdict'];
}

/** What a person can say about an effect nobody can prove: it happened, do it again, or leave it. */
export const resolutionChoices = ['adopt', 'redo', 'give_up'] as const;

export interface ResolutionPayload {
  readonly seal: string;
  readonly step: string;
  readonly choice: (typeof resolutionChoices)[number];
  readonly approver: string;
}

const seal = textLike(/^[0-9a-f]{64}$/, 'must be the 64 hexadecimal digits of the seal');
const approver = { ...textOf(1, 200), fallback: 'unknown' };

const decisionSignalShape: MessageShape<DecisionSignal> = {
  seal,
  approver,
  reason: { ...textOf(0, 2_000), optional: true },
};
const decisionShape: MessageShape<DecisionPayload> = {
  ...decisionSignalShape,
  verdict: oneOf(['approved', 'rejected']),
};
const resolutionShape: MessageShape<ResolutionPayload> = {
  seal,
  step: textLike(/^s[0-9]{1,3}$/, 'must be the id of a step, such as s1'),
  choice: oneOf(resolutionChoices),
  approver,
};

export function readDecisionSignal(value: unknown): ReadMessage<DecisionSignal> {
  return readMessage(value, decisionSignalShape);
}

export function readDecision(value: unknown): ReadMessage<DecisionPayload> {
  return readMessage(value, decisionShape);
}

export function readResolution(value: unknown): ReadMessage<ResolutionPayload> {
  return readMessage(value, resolutionShape);
}
