import { z } from 'zod';
import type { ResourceKey } from './identity.ts';
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
  /** `unknown` for a raw put. */
  readonly requester: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly state: 'pending' | 'approved' | 'rejected' | 'expired' | 'superseded';
  readonly decision?: Decision;
}

const reasonSchema = z.string().max(2_000);

/** Payload of the signals `approve` and `reject`. */
export const decisionSignalSchema = z.strictObject({
  seal: z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hexadecimal digits of the seal'),
  approver: z.string().min(1).max(200).default('unknown'),
  reason: reasonSchema.optional(),
});

/** Payload of the update `decide`. */
export const decisionSchema = decisionSignalSchema.extend({ verdict: z.enum(['approved', 'rejected']) });
export type DecisionPayload = z.infer<typeof decisionSchema>;

/** What a person says about an effect nobody can prove: it happened, do it again, or leave it. */
export const resolutionSchema = z.strictObject({
  seal: z.string().regex(/^[0-9a-f]{64}$/),
  step: z.string().regex(/^s[0-9]{1,3}$/),
  choice: z.enum(['adopt', 'redo', 'give_up']),
  approver: z.string().min(1).max(200).default('unknown'),
});
export type ResolutionPayload = z.infer<typeof resolutionSchema>;
