import type { Command } from 'commander';
import type { Decision } from '../domain/approval.ts';
import { escapeControls } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { shortSeal } from '../domain/sealed-plan.ts';
import type { DecideInput } from '../starters/decision-door.ts';
import { findRequest } from '../starters/find-request.ts';
import { askYesNo, canAsk } from './ask.ts';
import { withContext } from './command-context.ts';
import { currentUser } from './current-user.ts';
import { print } from './print.ts';
import { renderRequest } from './render-plan.ts';
import { resolveResource } from './resource-argument.ts';
import { withRuns } from './with-runs.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

export interface DecideOptions {
  readonly seal?: string;
  readonly as?: string;
  readonly yes?: boolean;
  readonly reason?: string;
}

/** Adds what approving and rejecting have in common. */
export function addDecideOptions(command: Command): Command {
  return command
    .argument('<resource>', 'Kind/name')
    .option('--seal <seal>', 'decide on this very plan; the first digits are enough')
    .option('--as <name>', 'who decides (default: the user of this machine)')
    .option('--yes', 'do not ask; decides on whatever plan waits now, unless --seal says which');
}

/**
 * Shows the plan of a waiting request, asks, and sends the very seal it showed: a plan that changes in between is not
 * the one that was decided on.
 */
export async function decideOnRequest(
  command: Command,
  name: string,
  verdict: Decision['verdict'],
  { seal, as, yes, reason }: DecideOptions,
): Promise<void> {
  if (!canAsk() && yes !== true && seal === undefined) {
    command.error('nobody can be asked here: say which plan with --seal, or --yes for whatever waits now');
  }
  await withContext(command, async (context) => {
    const { state, read, output, tenant, say } = context;
    const resource = await resolveResource(name, tenant, read);
    const request = await findRequest(state.approvals, resource, seal);
    say(renderRequest(request, Date.now()).trimEnd());
    const verb = verdict === 'approved' ? 'Approve' : 'Reject';
    if (canAsk() && yes !== true && !(await askYesNo(`${verb} it?`))) {
      say('Nothing was decided.');
      process.exitCode = 1;
      return;
    }
    const input = {
      resource,
      verdict,
      seal: request.seal,
      approver: as ?? currentUser(),
      ...(reason === undefined ? {} : { reason }),
    };
    await withRuns(context, async ({ decisions, signs }) => {
      // A run answers only while somebody works on it; what is decided without is left for later.
      if (request.state === 'pending' && (await warnIfRuntimeIsMissing(signs, output))) {
        await decisions.leave(input);
        print(output, { ...input, left: true }, () => `left       ${verdict}: ${toLine(input)}\n`);
        return;
      }
      const decision = await decisions.decide(input);
      print(output, { resource, ...decision }, () => `${decision.verdict}   ${toLine({ ...decision, resource })}\n`);
    });
  });
}

function toLine({ resource, approver, seal }: Pick<DecideInput, 'resource' | 'approver' | 'seal'>): string {
  return `${showResource(resource)} by ${escapeControls(approver)} (seal ${shortSeal(seal)})`;
}
