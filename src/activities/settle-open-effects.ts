import { HomeostatError } from '../domain/failure.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { Probed } from '../domain/outcome.ts';
import type { OpenEffect, RunReference } from '../domain/run.ts';
import type { StoredEntry } from '../state/ledger.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { probeEffect } from './probe-effect.ts';
import { storeResult } from './store-result.ts';
import { createToolContext } from './tool-context.ts';

/** As an attempt number this fences every attempt there ever was: no effect of a settled entry can come late. */
const everyAttempt = Number.MAX_SAFE_INTEGER;

/**
 * Settles what earlier runs left open on a resource, whatever their plan: no plan is made over an open effect. Returns
 * those nobody can prove. Throws `EFFECT_IN_PROGRESS`, to be retried, while one is still under way.
 */
export async function settleOpenEffects(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { now }: RunReference,
  openEntries: readonly StoredEntry[],
): Promise<readonly OpenEffect[]> {
  const { state } = dependencies;
  const at = new Date(now).toISOString();
  const unproven: OpenEffect[] = [];
  for (const open of openEntries) {
    const { entry } = open;
    if (entry.state === 'unknown') {
      unproven.push(toOpenEffect(entry));
      continue;
    }
    const outcome = await probeEntry(dependencies, scope, entry);
    switch (outcome.type) {
      case 'happened': {
        const result = await storeResult(dependencies, entry.resource, outcome.result);
        await state.ledger.settle(open, { state: 'done', result }, scope, at);
        break;
      }
      case 'cannot-happen':
        await state.ledger.settle(open, { state: 'failed', error: 'did not happen, and no longer can' }, scope, at);
        break;
      case 'in-progress':
        throw new HomeostatError('EFFECT_IN_PROGRESS', {
          path: `${entry.seal}/${entry.step}`,
          problem: `${entry.toolName} is still under way`,
        });
      case 'unknown':
        unproven.push(toOpenEffect(entry));
    }
  }
  return unproven;
}

async function probeEntry(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, toolName, idempotencyKey, parameters }: LedgerEntry,
): Promise<Probed<unknown>> {
  const tool = dependencies.registry.findTool(resource.kind, toolName);
  // A tool that is gone can say nothing any more; a person can.
  if (tool === undefined) return { type: 'unknown' };
  const context = createToolContext(dependencies, scope, { resource, idempotencyKey, attempt: everyAttempt });
  return probeEffect(tool, context, parameters);
}

function toOpenEffect({ seal, step, toolName }: LedgerEntry): OpenEffect {
  return { seal, step, toolName };
}
