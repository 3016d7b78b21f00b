import { sleep } from '@temporalio/workflow';
import type { Cause } from '../domain/findings.ts';
import type { Diagnosis, RepairPlanning } from '../domain/heal.ts';
import type { Issue } from '../domain/issue.ts';
import { askModels } from './ask-model.ts';
import { callOnOwnerPatiently, type Unreached } from './observe.ts';
import { provingActivities } from './proxies.ts';
import { enterPhase, toReference, type RunContext } from './run-context.ts';

/** Questions of one pass: what the evidence shows, the plan, and each once more when what is asked has changed meanwhile. */
const maximumAsks = 4;

/** How often, and how long apart, it is looked whether what the resource depends on has become well: three minutes. */
const dependencyLooks = { most: 18, pauseMs: 10_000 };

/** What a pass of a treatment plans with. */
export interface RepairBasis {
  readonly issue: Issue;
  /** Digest of the evidence. */
  readonly evidence: string;
  /** Steps of earlier repairs, and the causes they were for. */
  readonly tried: readonly string[];
  readonly ruledOut: readonly Cause[];
}

/**
 * Diagnoses and plans: by rules, and where they know nothing by models, one question after the other. Every answer goes
 * back to where the question came from, which observes again and uses it only if it still is an answer to what is asked.
 */
export async function planRepair(
  run: RunContext,
  { issue, evidence, tried, ruledOut }: RepairBasis,
): Promise<RepairPlanning | Unreached> {
  const answers: string[] = [];
  let undiagnosed = false;
  let looks = 0;
  let asks = 0;
  for (;;) {
    const planning = await callOnOwnerPatiently<RepairPlanning>(
      run,
      'diagnose and plan',
      (activities) =>
        activities.planRepair({
          ...toReference(run),
          issue,
          evidence,
          failures: run.failures,
          triedShapes: run.triedShapes,
          retryAsked: false,
          ...(answers.length === 0 ? {} : { answers }),
          ...(undiagnosed ? { undiagnosed } : {}),
          ...(tried.length === 0 ? {} : { tried }),
          ...(ruledOut.length === 0 ? {} : { ruledOut }),
        }),
      provingActivities,
    );
    if (planning.type === 'unreached') return planning;
    show(run, planning.diagnosis);
    // Its own faults may end with theirs, and are not repaired before.
    if (planning.type === 'blocked' && planning.block.code === 'DEPENDENCY_NOT_READY' && looks < dependencyLooks.most) {
      looks += 1;
      await sleep(dependencyLooks.pauseMs);
      continue;
    }
    if (planning.type !== 'ask-model') return planning;
    if (asks === maximumAsks) {
      const message = 'it changes faster than a model can plan for it';
      return { ...planning, type: 'blocked', block: { code: 'PLANNING_FAILED', message, retry: true } };
    }
    asks += 1;
    const asked = await askModels(toReference(run), planning);
    if (asked.type === 'answered') answers.push(asked.answer.answer);
    // What a log says must not keep a repair from being planned: it then is planned by what was observed alone.
    else if (planning.asks === 'diagnosis' && asked.block.code !== 'BUDGET_SPENT') undiagnosed = true;
    else return { ...planning, type: 'blocked', block: asked.block };
  }
}

function show(run: RunContext, diagnosis: Diagnosis): void {
  run.view.incident!.diagnosis = diagnosis;
  enterPhase(run, 'planning');
}
