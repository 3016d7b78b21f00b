import { Command, Option } from 'commander';
import { resolutionChoices, type ResolutionPayload } from '../domain/approval.ts';
import { showResource } from '../domain/identity.ts';
import { withContext } from './command-context.ts';
import { currentUser } from './current-user.ts';
import { print } from './print.ts';
import { resolveResource } from './resource-argument.ts';
import { withRuns } from './with-runs.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

interface Options {
  readonly step: string;
  readonly seal: string;
  readonly choice: ResolutionPayload['choice'];
  readonly as?: string;
}

/** `homeostat resolve`: a person says what became of an effect that nobody can prove. */
export function createResolveCommand(): Command {
  return new Command('resolve')
    .description(
      'Say what became of a step whose outcome nobody can prove. Look first: homeostat describe names the step and its seal.',
    )
    .argument('<resource>', 'Kind/name')
    .requiredOption('--step <step>', 'the step, such as s1')
    .requiredOption('--seal <seal>', 'seal of its plan; the first digits are enough')
    .addOption(
      new Option(
        '--choice <choice>',
        'adopt: it happened, go on; redo: do it once more; give_up: neither, it stays blocked until a retry or a change',
      )
        .choices(resolutionChoices)
        .makeOptionMandatory(),
    )
    .option('--as <name>', 'who says so (default: the user of this machine)')
    .addHelpText('after', '\nExample:\n  $ homeostat resolve Instance/web --seal 3f9a1c20b7de --step s1 --choice adopt')
    .action(async (name: string, { step, seal, choice, as }: Options, command: Command) => {
      await withContext(command, async (context) => {
        const resource = await resolveResource(name, context.tenant, context.read);
        const approver = as ?? currentUser();
        await withRuns(context, async ({ decisions, signs }) => {
          await decisions.resolve({ resource, seal, step, choice, approver });
          print(
            context.output,
            { ...resource, step, choice, approver },
            () => `told       ${showResource(resource)}: ${step} ${choice}\n`,
          );
          await warnIfRuntimeIsMissing(signs, context.output);
        });
      });
    });
}
