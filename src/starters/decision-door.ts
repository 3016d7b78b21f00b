import {
  readDecision,
  readResolution,
  type ApprovalRequest,
  type Decision,
  type ResolutionPayload,
} from '../domain/approval.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { isSameResource, showResource, toReconcileWorkflowId, type ResourceKey } from '../domain/identity.ts';
import { judgeDecision, toRecordedGate } from '../domain/judge-decision.ts';
import { isOpenEntry } from '../domain/ledger.ts';
import type { ReadMessage } from '../domain/message-shape.ts';
import { shortSeal } from '../domain/sealed-plan.ts';
import { toldCommand } from '../domain/told-command.ts';
import type { State } from '../state/state.ts';
import { getKnown } from './known-resource.ts';
import type { RunMessages } from './run-messages.ts';

export interface DecideInput {
  readonly resource: ResourceKey;
  readonly verdict: Decision['verdict'];
  /** The whole seal. */
  readonly seal: string;
  readonly approver: string;
  readonly reason?: string;
}

export interface ResolutionInput {
  readonly resource: ResourceKey;
  /** The first digits are enough. */
  readonly seal: string;
  readonly step: string;
  readonly choice: ResolutionPayload['choice'];
  readonly approver: string;
}

/**
 * The way for a person's word into runs. Judged by the run itself; once that has ended, answered from the record, by
 * the same rules. Refusals are `ALREADY_DECIDED`, `APPROVAL_EXPIRED`, `NOT_WAITING`, `SEAL_MISMATCH`, `INVALID_DECISION`.
 */
export interface DecisionDoor {
  decide(input: DecideInput): Promise<Decision>;
  /** Leaves the decision for when a runtime is there: it is judged then, and shows in the request's state. */
  leave(input: DecideInput): Promise<void>;
  /** `NOT_FOUND` when there is nothing of that name, neither desired nor actual. */
  retry(resource: ResourceKey): Promise<void>;
  /** Says what became of an effect nobody can prove. The run hears it; what it makes of it shows in its status. */
  resolve(input: ResolutionInput): Promise<void>;
}

export interface DecisionDoorOptions {
  readonly state: Pick<State, 'approvals' | 'ledger' | 'resources'>;
  readonly messages: RunMessages;
  readonly now?: () => number;
}

export function createDecisionDoor({ state, messages, now = Date.now }: DecisionDoorOptions): DecisionDoor {
  const { approvals, ledger, resources } = state;
  const findOwn = async (resource: ResourceKey, seal: string) => {
    const request = await approvals.get(resource.tenant, seal);
    if (request === undefined || isSameResource(request.resource, resource)) return request;
    throw new HomeostatError('SEAL_MISMATCH', {
      path: 'seal',
      problem: `is not one of ${showResource(resource)}`,
      remedy: lookAt(resource),
    });
  };
  return {
    async decide({ resource, seal, ...said }) {
      const payload = checkPayload(readDecision({ seal, ...said }));
      const answerFrom = (request: ApprovalRequest): Decision => {
        const judgement = judgeDecision(resource, toRecordedGate(request), payload, now());
        if (judgement.type === 'refuse') throw judgement.error;
        if (judgement.type === 'repeat') return judgement.decision;
        throw notWaiting(resource, 'the run that asked has ended without an answer');
      };
      const request = await findOwn(resource, seal);
      if (request !== undefined && request.state !== 'pending') return answerFrom(request);

      const refused = await messages
        .decide(request?.workflowId ?? toReconcileWorkflowId(resource), payload)
        .then((decision) => decision ?? notWaiting(resource, 'no run waits for a decision'), asRefused);
      if (!(refused instanceof HomeostatError)) return refused;
      // The run may have dealt with this very seal between our look and our word.
      const later = await approvals.get(resource.tenant, seal);
      if (later !== undefined && (later.state !== 'pending' || now() >= Date.parse(later.expiresAt)))
        return answerFrom(later);
      throw refused;
    },

    async leave({ resource, seal, ...said }) {
      const payload = checkPayload(readDecision({ seal, ...said }));
      const request = await findOwn(resource, seal);
      if (request === undefined) throw notWaiting(resource, 'no plan of that seal waits for a decision');
      const judgement = judgeDecision(resource, toRecordedGate(request), payload, now());
      if (judgement.type === 'refuse') throw judgement.error;
      if (await messages.leaveDecision(request.workflowId, payload)) return;
      throw notWaiting(resource, 'the run that asked has ended without an answer');
    },

    async retry(resource) {
      await getKnown(resources, resource);
      await messages.retry(resource);
    },

    async resolve({ resource, seal, step, choice, approver }) {
      const open = (await ledger.list(resource)).map(({ entry }) => entry).filter(isOpenEntry);
      const entry = open.find((one) => one.step === step && one.seal.startsWith(seal));
      if (entry === undefined || seal === '') {
        const there = open.map((one) => `--seal ${shortSeal(one.seal)} --step ${one.step}`);
        throw new HomeostatError('NOT_FOUND', {
          path: `${showResource(resource)} step`,
          problem: 'no open effect of that seal and step',
          remedy: there.length === 0 ? 'none is open, there is nothing to resolve' : `open is ${there.join('; ')}`,
        });
      }
      const payload = checkPayload(readResolution({ seal: entry.seal, step, choice, approver }));
      if (await messages.resolve(toReconcileWorkflowId(resource), payload)) return;
      throw notWaiting(
        resource,
        'no run waits to be told',
        `start one, then say it again: ${toldCommand(`retry ${showResource(resource)}`, resource)}`,
      );
    },
  };
}

function lookAt(resource: ResourceKey): string {
  return `look with: ${toldCommand('approvals', resource)}`;
}

function asRefused(error: unknown): HomeostatError {
  const isRefusal =
    error instanceof HomeostatError &&
    (error.code === 'NOT_WAITING' || error.code === 'SEAL_MISMATCH' || error.code === 'PLAN_STALE');
  if (isRefusal) return error;
  throw error;
}

function notWaiting(resource: ResourceKey, problem: string, remedy = lookAt(resource)): HomeostatError {
  return new HomeostatError('NOT_WAITING', { path: 'seal', problem, remedy });
}

function checkPayload<Payload>(read: ReadMessage<Payload>): Payload {
  if (read.fits) return read.message;
  throw new HomeostatErrors(
    read.faults.map(
      ({ path, problem }) =>
        new HomeostatError('INVALID_DECISION', { path, problem, remedy: 'write it so, and send the decision again' }),
    ),
  );
}
